import type { Schemas } from '$api/client';
import { live } from '$api/live.svelte';
import { t, words, type Word } from '$words/index.svelte';

/** What people call a SIM: its label, or its number, or the end of its ICCID. */
export function simName(sim: Schemas['Sim'] | undefined, iccid?: string | null): string {
  return sim?.label ?? sim?.number ?? `…${(sim?.iccid ?? iccid ?? '').slice(-4)}`;
}

/** SIMs as people look for them: by label, 'shop 2' before 'shop 10'; those without one by their number. */
export function inOrder(sims: Schemas['Sim'][]): Schemas['Sim'][] {
  const { compare } = new Intl.Collator(words.language, { numeric: true });
  return sims.toSorted((a, b) => Number(!a.label) - Number(!b.label) || compare(simName(a), simName(b)) || compare(a.iccid, b.iccid));
}

/** What people call what carries a message: `sim:ICCID` or `uplink:NAME`. */
export function carrierName(carrier: string): string {
  const [kind, which = ''] = carrier.split(/:(.*)/);
  if (kind !== 'sim') return t('routes.uplink', { uplink: which });
  return t('routes.sim', { sim: simName(live.sims?.find((sim) => sim.iccid === which), which) });
}

/** What a network has said to a SIM (TS 27.007, 7.2). */
const REGISTRATION: Record<string, Word> = {
  home: 'registration.home',
  roaming: 'registration.roaming',
  searching: 'registration.searching',
  denied: 'registration.denied',
  not_registered: 'registration.not_registered',
  unknown: 'registration.unknown',
  sms_only_home: 'registration.sms_only_home',
  sms_only_roaming: 'registration.sms_only_roaming',
};
export const registration = (said: string) => (REGISTRATION[said] ? t(REGISTRATION[said]) : said);

const SEPARATE = /[\s,;]+/;

/** What somebody pasted, as single recipients: lines, commas, semicolons, or numbers grouped by spaces. */
export function recipients(pasted: string): string[] {
  const found: string[] = [];
  for (const entry of pasted.split(/[\n,;\t]+/)) {
    const text = entry.trim();
    if (!text) continue;
    // '090 123 4567' is one number; '0901234567 0907654321' are two.
    const pieces = text.split(SEPARATE);
    const whole = pieces.every((piece) => digits(piece) >= 8) ? pieces : [pieces.join('')];
    found.push(...whole.map((number) => number.replaceAll(/[().-]/g, '')));
  }
  return found;
}

const digits = (text: string) => text.replaceAll(/\D/g, '').length;

/** Why something is no number that can be sent to, whatever the country; null: it may be one. */
export function suspect(number: string): Word | null {
  if (!/^\+?[\d\s()./-]*$/.test(number) || !digits(number)) return 'field.number-characters';
  const [count, abroad] = [digits(number), number.startsWith('+')];
  if (abroad) return count < 7 || count > 15 || /^\+\s*0/.test(number) ? 'field.number-international' : null;
  return count < 3 || count > 15 ? 'send.odd_length' : null;
}
