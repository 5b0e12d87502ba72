import type { Schemas } from '$api/client';
import type { Word } from '$words/index.svelte';

export const SPANS = ['per_minute', 'per_hour', 'per_day', 'per_month'] as const;
export type QuotaSpan = (typeof SPANS)[number];
export const SPAN_WORDS: Record<QuotaSpan, Word> = {
  per_minute: 'quota.per_minute',
  per_hour: 'quota.per_hour',
  per_day: 'quota.per_day',
  per_month: 'quota.per_month',
};

/** When the limit is full again: it goes by UTC. */
export function fullAgain(span: QuotaSpan, now = new Date()): Date {
  const [year, month, day, hour] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), now.getUTCHours()];
  const ends: Record<QuotaSpan, number> = {
    per_minute: Date.UTC(year, month, day, hour, now.getUTCMinutes() + 1),
    per_hour: Date.UTC(year, month, day, hour + 1),
    per_day: Date.UTC(year, month, day + 1),
    per_month: Date.UTC(year, month + 1),
  };
  return new Date(ends[span]);
}

/** The quota that is used up soonest: how much of it is used. */
export function tightest(sim: Schemas['Sim']): { span: QuotaSpan; used: number; most: number } | null {
  let found: { span: QuotaSpan; used: number; most: number } | null = null;
  for (const span of SPANS) {
    const most = sim.quota[span];
    if (most === null || most === undefined) continue;
    const used = sim.used[span];
    if (!found || used / most > found.used / found.most) found = { span, used, most };
  }
  return found;
}
