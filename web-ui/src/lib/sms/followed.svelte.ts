import { api, got, type Schemas } from '$api/client';
import { live } from '$api/live.svelte';
import { type Refused, refusal } from '$api/problem';
import { type Line, timeline } from './timeline';

/** One message and what has happened to it, kept up to date. */
export class Followed {
  message = $state.raw<Schemas['Message'] | null>(null);
  refused = $state<Refused | null>(null);
  #history = $state.raw<Schemas['MessageStep'][]>([]);

  get lines(): Line[] {
    return timeline(this.#history, this.message?.segments ?? 1);
  }

  async read(id: string) {
    const path = { path: { id } };
    try {
      const [message, told] = await Promise.all([
        got(api.GET('/api/v1/messages/{id}', { params: path })),
        got(api.GET('/api/v1/messages/{id}/events', { params: path })),
      ]);
      this.message = message;
      this.#history = told.items;
      this.refused = null;
    } catch (error) {
      this.refused = refusal(error);
    }
  }

  /** For an `$effect`: follows the message `id` until what is returned is called. */
  keep(id: string): () => void {
    return live.keep(() => this.read(id), (event) => (event.data as { id?: string }).id === id);
  }
}
