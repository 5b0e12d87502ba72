import type { Schemas } from '$api/client';
import type { Word } from '$words/index.svelte';

const SPANS = ['per_minute', 'per_hour', 'per_day', 'per_month'] as const;
export type QuotaSpan = (typeof SPANS)[number];
export const SPAN_WORDS: Record<QuotaSpan, Word> = {
  per_minute: 'quota.per_minute',
  per_hour: 'quota.per_hour',
  per_day: 'quota.per_day',
  per_month: 'quota.per_month',
};

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
