import type { Schemas } from '$api/client';
import { live } from '$api/live.svelte';
import { t, words, type Word } from '$words/index.svelte';
import { countryName } from './countries';
import { simName } from './names';

const NAME = '([\\w.-]+)';

/** What the audit tells, each with the sentence that says it for people. The groups are its values, in their order. */
const SENTENCES: [RegExp, Word, string[]][] = (
  [
    ['logged in', 'did.logged_in', []],
    [`made key ${NAME} with scopes (.*)`, 'did.made_key', ['name', 'scopes']],
    [`rotated key ${NAME}; .*`, 'did.rotated_key', ['name']],
    [`revoked key ${NAME}`, 'did.revoked_key', ['name']],
    [`made user ${NAME} with the role (\\w+)(?: by the set-up code)?`, 'did.made_user', ['name', 'role']],
    [`changed user ${NAME}: .*`, 'did.changed_user', ['name']],
    [`removed user ${NAME}`, 'did.removed_user', ['name']],
    ['changed their password', 'did.changed_password', []],
    ['logged out everywhere', 'did.logged_out_everywhere', []],
    ['logged out of one session', 'did.logged_out_one', []],
    ['logged out', 'did.logged_out', []],
    ['switched the second factor on', 'did.factor_on', []],
    ['switched the second factor off', 'did.factor_off', []],
    ['was offered a second factor', 'did.factor_offered', []],
    ['changed sim (\\d+): .*', 'did.changed_sim', ['sim']],
    ['reset the health of sim (\\d+)', 'did.reset_sim', ['sim']],
    ['ran a USSD code on sim (\\d+)', 'did.ran_ussd', ['sim']],
    ['gave the SIM in modem (\\d+) a PIN.*', 'did.gave_pin', ['modem']],
    ['gave the SIM in modem (\\d+) a PUK.*', 'did.gave_puk', ['modem']],
    ['restarted modem (\\d+) .*', 'did.restarted_modem', ['modem']],
    ['switched slot (\\d+) of the bank \\((\\w+)\\)', 'did.switched_slot', ['slot', 'action']],
    ['tested modem (\\d+) with sim (\\d+)', 'did.tested_modem', ['modem', 'sim']],
    ['ran (.+) on modem (\\d+)', 'did.ran_at', ['command', 'modem']],
    ['saw the whole trace of modem (\\d+)', 'did.saw_trace', ['modem']],
    [`made uplink ${NAME}`, 'did.made_uplink', ['name']],
    [`changed uplink ${NAME}: .*`, 'did.changed_uplink', ['name']],
    [`deleted uplink ${NAME}`, 'did.deleted_uplink', ['name']],
    [`made webhook ${NAME}`, 'did.made_webhook', ['name']],
    [`changed webhook ${NAME}: .*`, 'did.changed_webhook', ['name']],
    [`deleted webhook ${NAME}`, 'did.deleted_webhook', ['name']],
    [`tested webhook ${NAME}`, 'did.tested_webhook', ['name']],
    [`resent delivery .* of webhook ${NAME}`, 'did.resent_delivery', ['name']],
    [`resent \\w+ deliveries of webhook ${NAME}( .*)?`, 'did.resent_deliveries', ['name']],
    [`dismissed delivery .* of webhook ${NAME}`, 'did.dismissed_delivery', ['name']],
    [`dismissed parked deliveries of webhook ${NAME}( .*)?`, 'did.dismissed_deliveries', ['name']],
    [`made template ${NAME}`, 'did.made_template', ['name']],
    [`changed template ${NAME}`, 'did.changed_template', ['name']],
    [`deleted template ${NAME}`, 'did.deleted_template', ['name']],
    ['set routes: (.*)', 'did.set_routes', ['names']],
    ['removed all routes', 'did.removed_routes', []],
    ['set the country (\\w+)', 'did.set_country', ['country']],
    ['removed the country', 'did.removed_country', []],
    ['cancelled message .*', 'did.cancelled', []],
    ['resolved message \\S+ as .*', 'did.resolved', []],
    ['cancelled messages with reference (.*)', 'did.cancelled_all', ['reference']],
    ['paused messages with reference (.*)', 'did.paused_all', ['reference']],
    ['resumed messages with reference (.*)', 'did.resumed_all', ['reference']],
    ['changed conversation .*', 'did.changed_conversation', []],
    ['noted on conversation .*', 'did.noted', []],
    ['deleted note .*', 'did.deleted_note', []],
    ['erased conversation .*', 'did.erased', []],
    ['suppressed (\\S+)', 'did.suppressed', ['number']],
    ['suppressed (\\S+), which asked: (.+) \\(\\w+\\)', 'did.asked_stop', ['number', 'word']],
    ['lifted the suppression of (\\S+)', 'did.lifted', ['number']],
    ['lifted the suppression of (\\S+), which asked: (.+) \\(\\w+\\)', 'did.asked_start', ['number', 'word']],
    ['imported (\\d+) suppressions', 'did.imported_suppressions', ['count']],
    ['imported ([^:,]+)(?:[:,].*)?', 'did.imported', ['entry']],
    ['exported the configuration', 'did.exported', []],
    ['exported the configuration with sealed secrets', 'did.exported_sealed', []],
    ['saw the support document', 'did.saw_support', []],
    ['began a backup', 'did.began_backup', []],
    ['downloaded backup (.*)', 'did.downloaded_backup', ['name']],
  ] satisfies [string, Word, string[]][]
).map(([pattern, word, names]) => [new RegExp(`^${pattern}$`), word, names]);

/** What people call a thing that the audit names by its number. */
function known(name: string, value: string): string {
  if (name === 'scopes') return value.replaceAll(',', ', ');
  if (name === 'country') return countryName(value);
  if (name === 'role' && words.knows(`role.${value}`)) return t(`role.${value}` as Word);
  if (name === 'sim') return simName(live.sims?.find((sim) => sim.iccid === value), value);
  if (name !== 'modem') return value;
  const modem = live.modems.find((modem) => modem.imei === value);
  const sim = live.sims?.find((sim) => sim.modem === value);
  return sim ? t('did.modem_of', { sim: simName(sim) }) : modem ? `${modem.manufacturer} ${modem.model}` : `…${value.slice(-4)}`;
}

/** What was done, in words of the page; null: only the gateway's own words tell it. */
export function did(what: string): string | null {
  for (const [pattern, word, names] of SENTENCES) {
    const found = pattern.exec(what);
    if (!found) continue;
    return t(word, Object.fromEntries(names.map((name, index) => [name, known(name, found[index + 1] ?? '')])));
  }
  return null;
}

const ACTORS: Record<string, Word> = { user: 'did.user', key: 'did.key' };

/** Who did it. */
export function actorName(actor: string): string {
  if (actor === 'command line') return t('did.command_line');
  const [kind = '', name = ''] = actor.split(/ (.*)/);
  return ACTORS[kind] && name ? t(ACTORS[kind], { name }) : actor;
}

const FIELDS: Record<string, Word> = {
  label: 'sims.label', groups: 'sims.groups', number: 'sims.number', quota: 'sims.quota', min_gap_ms: 'sims.gap', window: 'sims.hours', cost: 'sims.cost', opt_out: 'sims.words',
  name: 'users.name', role: 'users.role', host: 'uplinks.host', port: 'uplinks.port', system_id: 'uplinks.system', url: 'webhooks.url', events: 'webhooks.events',
  scopes: 'keys.scopes', text: 'templates.text', description: 'templates.description', note: 'optouts.note', evidence: 'optouts.evidence', country: 'country.title', routes: 'settings.routes',
  enabled: 'did.enabled', state: 'sims.state', assigned: 'did.assigned', reason: 'did.reason',
};

/** What a field of a thing is called. */
export const fieldName = (name: string) => (FIELDS[name] ? t(FIELDS[name]) : name.replaceAll('_', ' '));

/** The value of a field, as people read it. */
export function fieldValue(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return t(value ? 'did.yes' : 'did.no');
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ') || '–';
  if (typeof value === 'object' && !Array.isArray(value)) {
    const parts = Object.entries(value).filter(([, inner]) => inner !== null);
    return parts.map(([name, inner]) => `${fieldName(name)}: ${fieldValue(inner)}`).join(', ') || '–';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The message that an entry is about. */
export const aboutMessage = ({ actor, what }: Schemas['AuditEntry']) => /^message (\S+)$/.exec(actor)?.[1] ?? /^(?:cancelled|resolved) message (\S+)/.exec(what)?.[1] ?? null;
