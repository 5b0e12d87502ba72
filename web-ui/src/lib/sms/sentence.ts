import type { Schemas } from '$api/client';
import { live } from '$api/live.svelte';
import { count, t } from '$words/index.svelte';

/** What stands where the gateway has told nothing yet. */
export const notYet = () => t(live.connected ? 'loading' : 'not_yet');

/** Whether messages go out, in one sentence: the first line of the overview. */
export function howItGoes(
  sims: Schemas['Sim'][],
  uplinks: Schemas['Uplink'][],
  waiting: Schemas['QueueDepth'] | null,
): string {
  const enabled = sims.filter((sim) => sim.enabled);
  const ready = enabled.filter((sim) => sim.state === 'ready').length;
  const bound = uplinks.filter((uplink) => uplink.state === 'bound').length;
  const depth = waiting ? waiting.otp + waiting.normal + waiting.bulk : 0;
  if (!sims.length && !uplinks.length) return t('sentence.nothing');
  const way = ready || bound ? (ready < enabled.length ? 'sentence.partly' : 'sentence.well') : 'sentence.stopped';
  const said = [t(way)];
  if (sims.length) said.push(t('sentence.sims', { ready: count(ready), all: enabled.length }));
  if (uplinks.length) said.push(t('sentence.uplinks', { bound: count(bound), all: uplinks.length }));
  said.push(t('sentence.waiting', { depth }));
  return said.join(' ');
}
