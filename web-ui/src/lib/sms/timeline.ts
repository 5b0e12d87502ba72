import type { Schemas } from '$api/client';
import { span, t, words } from '$words/index.svelte';
import { carrierName } from './names';
import { reason } from './sentences';

type Told = Schemas['MessageStep'];

/** A line of a message's history, as people read it. */
export type Line = {
  at: string;
  text: string;
  /** Why, where it has a reason. */
  reason: { code: string; detail: string } | null;
  /** What else the API tells, for whoever looks closer. */
  detail: string | null;
};

/** From shorter waits nobody learns anything. */
const WORTH_TELLING = 1000;

/** What happened, in words, with the waits between. `parts`: how many the message has. */
export function timeline(history: Told[], parts: number): Line[] {
  return history.flatMap((step, index) => {
    const line = told(step, parts > 1);
    const before = history[index - 1];
    if (step.step !== 'sending' || !before) return [line];
    const ms = Date.parse(step.at) - Date.parse(before.at);
    if (ms < WORTH_TELLING) return [line];
    const wait = { at: before.at, text: t('message.waited', { span: span(ms), carrier: carrier(step) }), reason: null, detail: null };
    return [wait, line];
  });
}

function told(step: Told, named: boolean): Line {
  const { at, part, code, detail } = step;
  const said = what(step);
  const text = part && named ? t('message.of_part', { part, what: said }) : said;
  if (!code || !detail) return { at, text, reason: null, detail };
  const why = { code, detail: detail.slice(code.length + 2) };
  // That it was delivered has been said; the gateway's own words tell more of all else.
  const more = text.endsWith(t('message.reported_delivered')) ? code : detail;
  return { at, text, reason: step.step === 'report' ? null : why, detail: step.step === 'report' ? more : null };
}

const carrier = ({ sim, uplink }: Told) => (uplink ? carrierName(`uplink:${uplink}`) : sim ? carrierName(`sim:${sim}`) : t('waiting.any'));

function what(step: Told): string {
  if (step.step === 'report' && step.code) return report(step.code, step.detail ?? '');
  // A step of a newer gateway than this page keeps its name.
  return isKnown(step.step) ? t(`step.${step.step}`, { carrier: carrier(step) }) : step.step;
}

function report(code: string, detail: string): string {
  const status = /^tp-status-(\d+)$/.exec(code)?.[1];
  const verdict = status ? (Number(status) < 32 ? 'delivered' : Number(status) < 64 ? 'trying' : 'failed') : (RECEIPTS[code] ?? 'failed');
  if (verdict === 'failed') return reason({ code, detail: detail.slice(code.length + 2) }).sentence;
  return t(verdict === 'delivered' ? 'message.reported_delivered' : 'message.reported_trying');
}

const RECEIPTS: Record<string, 'delivered' | 'trying'> = {
  'receipt-delivered': 'delivered',
  'receipt-accepted': 'trying',
  'receipt-enroute': 'trying',
  'receipt-scheduled': 'trying',
};

const isKnown = (step: string): step is Schemas['MessageStepName'] => words.knows(`step.${step}`);
