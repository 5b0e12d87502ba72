import { untrack } from 'svelte';
import { api, got, session, type Schemas } from './client';
import { refusal } from './problem';
import { follow, type ServerEvent } from './stream';

/** Of a message. */
export const ofMessages = (event: ServerEvent) => event.name.startsWith('message.');

/** Of what is said in conversations, and whose they are. */
export const ofConversations = (event: ServerEvent) => ofMessages(event) || event.name.startsWith('conversation.');

/** At most so often is anything read again, whatever the traffic. */
const READ_EVERY = 1000;
/** At most so often is anything drawn that the events tell by themselves. */
const DRAW_EVERY = 500;

/** What a page shows of the gateway, kept up to date by its events. */
class Live {
  #open = $state(true);
  #answered = $state(true);
  /** False while the stream of events is broken, or what a page shows cannot be read. */
  connected = $derived(this.#open && this.#answered);
  sims = $state<Schemas['Sim'][] | null>(null);
  modems = $state<Schemas['Modem'][]>([]);
  uplinks = $state<Schemas['Uplink'][]>([]);
  waiting = $state.raw<Schemas['QueueDepth'] | null>(null);
  /** SIMs that have a message in hand, by ICCID. */
  sending = $state.raw<ReadonlySet<string>>(new Set());
  #stop: (() => void) | null = null;
  /** False once the session has ended: nothing more is asked then. */
  #awake = true;
  /** Ends what is being read of the bank. */
  #reading = new AbortController();
  #listeners = new Set<(event: ServerEvent | null) => void>();
  #bank = throttled(() => this.#readBank());
  /** What the events have told; it is drawn by and by. */
  #told = { waiting: this.waiting, sending: new Map<string, string>() };
  #draw = throttled(() => {
    this.waiting = this.#told.waiting;
    this.sending = new Set(this.#told.sending.keys());
  }, DRAW_EVERY);

  start() {
    if (this.#stop) return;
    this.wake();
    // The page need not wait for the stream; once that is open the bank is read again.
    this.#bank();
    this.#stop = follow({
      event: (event) => this.#take(event),
      open: () => {
        this.#open = true;
        this.#told.sending.clear();
        this.#bank();
        this.#tell(null);
      },
      broken: () => (this.#open = false),
      ended: () => session.ended(),
    });
  }

  stop() {
    this.#awake = false;
    this.#stop?.();
    this.#stop = null;
    this.#reading.abort();
    this.sims = null;
  }

  /** Somebody has logged in. */
  wake() {
    this.#awake = true;
  }

  /** Calls `listener` with each event, and with null where events may have been missed. */
  listen(listener: (event: ServerEvent | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Calls `work` now, and soon after each event that `matters` or where events may have been missed, until what is
   * returned is called. For an `$effect`, which `work` gives no dependencies.
   */
  keep(work: () => Promise<void> | void, matters: (event: ServerEvent) => boolean, every = READ_EVERY): () => void {
    let ended = false;
    const renew = throttled(() => (ended || !this.#awake ? undefined : untrack(work)), every);
    const forget = this.listen((event) => {
      if (!event || matters(event)) renew();
    });
    renew();
    return () => {
      ended = true;
      forget();
    };
  }

  /** Takes a SIM as the gateway has just told it. */
  know(sim: Schemas['Sim']) {
    this.sims = (this.sims ?? []).map((known) => (known.iccid === sim.iccid ? sim : known));
  }

  /** Reads SIMs, modems and uplinks again, soon. */
  refresh() {
    this.#bank();
  }

  #take(event: ServerEvent) {
    if (event.name === 'queue.depth') this.#told.waiting = event.data as Schemas['QueueDepth'];
    else this.#bank();
    if (ofMessages(event)) this.#hand(event.data as Schemas['MessageEvent']);
    this.#draw();
    this.#tell(event);
  }

  /** What a SIM has in hand: one message at a time. */
  #hand({ id, sim, state }: Schemas['MessageEvent']) {
    if (!sim) return;
    if (state === 'sending') this.#told.sending.set(sim, id);
    else if (this.#told.sending.get(sim) === id) this.#told.sending.delete(sim);
  }

  #tell(event: ServerEvent | null) {
    for (const listener of this.#listeners) listener(event);
  }

  async #readBank() {
    if (!this.#awake) return;
    const { signal } = (this.#reading = new AbortController());
    try {
      const query = { limit: 500 };
      const [sims, modems, uplinks] = await Promise.all([
        got(api.GET('/api/v1/sims', { params: { query }, signal })),
        got(api.GET('/api/v1/modems', { params: { query }, signal })),
        got(api.GET('/api/v1/uplinks', { params: { query }, signal })),
      ]);
      if (signal.aborted) return;
      this.sims = sims.items;
      this.modems = modems.items;
      this.uplinks = uplinks.items;
      this.#answered = true;
      // No event tells of the next part of a message.
      if (this.sims.some((sim) => sim.sending && sim.sending.parts > 1)) setTimeout(() => this.#stop && this.#bank(), READ_EVERY);
    } catch (error) {
      if (signal.aborted || refusal(error).status === 401) return;
      this.#answered = false;
      // No event need come before the gateway answers again.
      setTimeout(() => this.#stop && this.#bank(), 2 * READ_EVERY);
    }
  }
}

/** Calls `work` at once, and then at most every READ_EVERY ms, the last call never forgotten. */
function throttled(work: () => Promise<void> | void, every = READ_EVERY): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    await work();
    setTimeout(() => {
      running = false;
      if (again) {
        again = false;
        void run();
      }
    }, every);
  };
  return () => void run();
}

export const live = new Live();
