import type { Schemas } from '$api/client';
import { span } from '$words/index.svelte';

/** A step of a message's history, and how long after the one before it came. */
export type Step = Schemas['MessageStep'] & { after: string };

export function timeline(history: Schemas['MessageStep'][]): Step[] {
  return history.map((step, index) => {
    const before = history[index - 1];
    const ms = before ? Date.parse(step.at) - Date.parse(before.at) : 0;
    return { ...step, after: ms >= 1000 ? span(ms) : '' };
  });
}
