import type { Schemas } from '$api/client';
import { moment, t, words, type Word } from '$words/index.svelte';
import { carrierName } from './names';

type Coded = { code: string; detail: string };

const FAMILIES: Record<Schemas['ReasonFamily'], Word> = {
  cms: 'reason.cms',
  cme: 'reason.cme',
  smpp: 'reason.smpp',
  'tp-status': 'reason.tp-status',
  receipt: 'reason.receipt',
};

/** A reason in words. `general`: they tell its number alone, so that the API's own words tell more. */
export function reason({ code, detail }: Coded): { sentence: string; general: boolean } {
  const word = `reason.${code}`;
  if (words.knows(word)) return { sentence: t(word), general: false };
  for (const [family, word] of Object.entries(FAMILIES)) {
    if (code.startsWith(`${family}-`)) return { sentence: t(word, { member: code.slice(family.length + 1) }), general: true };
  }
  return { sentence: detail, general: false };
}

/** What a message waits for, and until when. */
export function waiting({ code, carrier, until }: { code: Schemas['WaitingCode']; carrier: string | null; until: string | null }): string {
  const said = t(`waiting.${code}`, { carrier: carrier ? carrierName(carrier) : t('waiting.any') });
  return until ? `${said} ${t('waiting.until', { until: moment(until) })}` : said;
}

/** What needs a person. */
export function need(item: Schemas['Attention']): string {
  const { code, severity, subject } = item;
  const params: Record<string, unknown> = item.params;
  const values: Record<string, string | number> = { severity, name: subjectName(subject) };
  for (const [name, value] of Object.entries(params)) values[name] = shown(value);
  values.kept = params.last_good ? 'yes' : 'no';
  values.tried = params.reason ? 'yes' : 'no';
  return t(`needs.${code}`, values);
}

/** Why it is so, where the sentence has no place for it. `own`: it is in the reader's language, and not in the API's. */
export function cause({ code, params }: Schemas['Attention']): { said: string; own: boolean } | null {
  const { reason: why, last_error, last_error_code: trouble, fault }: Record<string, unknown> = params;
  if (code === 'resting') return typeof why === 'string' ? { said: reason({ code: why, detail: why }).sentence, own: true } : null;
  const word = `trouble.${trouble}`;
  if (words.knows(word)) return { said: t(word), own: true };
  const said = [why, last_error, fault].find((said): said is string => typeof said === 'string');
  return said === undefined ? null : { said, own: false };
}

function subjectName({ kind, id, label }: Schemas['AttentionSubject']): string {
  if (kind === 'sim') return label ? t('routes.sim', { sim: label }) : carrierName(`sim:${id}`);
  return label ?? id;
}

const IS_TIME = /^\d{4}-\d\d-\d\dT/;

/** A value of a sentence, as people read it. */
function shown(value: unknown): string | number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && IS_TIME.test(value) ? moment(value) : String(value ?? '');
}
