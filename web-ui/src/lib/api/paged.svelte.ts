import { got } from './client';
import { type Refused, refusal } from './problem';

type Page<T> = { items: T[]; next_cursor?: string | null };
type Ask<T> = (cursor: string | undefined) => Parameters<typeof got<Page<T>>>[0];

/** A list of the API, page by page, newest first. */
export class Paged<T> {
  items = $state.raw<T[] | null>(null);
  refused = $state<Refused | null>(null);
  busy = $state(false);
  #next = $state<string | null>(null);
  #asked = 0;
  #pages = 0;

  constructor(readonly ask: Ask<T>) {}

  get more() {
    return this.#next !== null;
  }

  /** Reads the first page again. What further pages showed goes. */
  load = () => this.#read(undefined, (items) => {
    this.items = items;
    this.#pages = 1;
  });

  /** The same, unless somebody has gone to further pages, and would be taken back to the first. */
  renew = () => (this.#pages > 1 ? undefined : this.load());

  /** Adds the next page. */
  next = () => this.#read(this.#next ?? undefined, (items) => {
    this.items = [...(this.items ?? []), ...items];
    this.#pages += 1;
  });

  async #read(cursor: string | undefined, take: (items: T[]) => void) {
    const asked = ++this.#asked;
    this.busy = true;
    try {
      const page = await got(this.ask(cursor));
      // Another reading was begun meanwhile: its answer counts.
      if (asked !== this.#asked) return;
      take(page.items);
      this.#next = page.next_cursor ?? null;
      this.refused = null;
    } catch (error) {
      if (asked === this.#asked) this.refused = refusal(error);
    } finally {
      if (asked === this.#asked) this.busy = false;
    }
  }
}
