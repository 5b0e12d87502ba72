import { untrack } from 'svelte';
import { navigating } from '$app/state';
import { got } from './client';
import { type Refused, refusal } from './problem';

type Page<T> = { items: T[]; next_cursor?: string | null };
type Ask<T> = (cursor: string | undefined) => Parameters<typeof got<Page<T>>>[0];

type Left = { items: unknown[]; next: string | null; pages: number };
/** Lists as they were when somebody left them, by address; so many of them. */
const left = new Map<string, Left>();
const MOST_LEFT = 20;

/** A list of the API, page by page, newest first. */
export class Paged<T> {
  items = $state.raw<T[] | null>(null);
  refused = $state<Refused | null>(null);
  busy = $state(false);
  #next = $state<string | null>(null);
  #asked = 0;
  #pages = 0;

  constructor(readonly ask: Ask<T>) {}

  /**
   * Loads it anew for each address. Who comes back by the browser's Back finds it as it was left, further pages and all,
   * so that the browser finds the place again at which it stood. To be called while the page is set up.
   */
  follow(address: () => string) {
    const known = navigating.type === 'popstate' ? left.get(address()) : undefined;
    if (known) [this.items, this.#next, this.#pages] = [known.items as T[], known.next, known.pages];
    let isBack = Boolean(known);
    $effect(() => {
      const here = address();
      if (!isBack) untrack(() => void this.load());
      isBack = false;
      return () => this.#leave(here);
    });
  }

  #leave(address: string) {
    if (!this.items) return;
    left.delete(address);
    left.set(address, { items: this.items, next: this.#next, pages: this.#pages });
    const [oldest] = left.keys();
    if (left.size > MOST_LEFT && oldest !== undefined) left.delete(oldest);
  }

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
