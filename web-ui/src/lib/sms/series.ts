import type { IconName } from '$ui/icons';
import type { Word } from '$words/index.svelte';

/** What is drawn of messages over time. No two look alike without colours: each has a dash of its own. */
export const SERIES = [
  { figure: 'sent', word: 'state.sent', icon: 'sent', tone: 'text-accent', colour: '--accent', dash: [] },
  { figure: 'delivered', word: 'state.delivered', icon: 'delivered', tone: 'text-good', colour: '--good', dash: [8, 4] },
  { figure: 'received', word: 'state.received', icon: 'received', tone: 'text-info', colour: '--info', dash: [3, 3] },
  { figure: 'failed', word: 'state.failed', icon: 'failed', tone: 'text-bad', colour: '--bad', dash: [10, 3, 2, 3] },
] as const satisfies { figure: string; word: Word; icon: IconName; tone: string; colour: string; dash: readonly number[] }[];

export type Figure = (typeof SERIES)[number]['figure'];
