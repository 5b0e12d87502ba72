const PREFIX = 'simgate.once.';
type Kept = { key: string; print: string };

/**
 * The `Idempotency-Key` of what is about to be sent. It is kept on this computer until an answer came, so that whoever
 * presses again after a lost answer, even on a page that was loaded anew, sends nothing twice.
 */
export class Once {
  #at: string | null;
  #here: Kept | null = null;

  /** Without a name it is kept for this page alone: of a password not even a fingerprint stays behind. */
  constructor(name?: string) {
    this.#at = name === undefined ? null : PREFIX + name;
  }

  /** The key for `what`: that of before, where exactly this has been sent and no answer was seen. */
  key(what: unknown): string {
    const print = fingerprint(JSON.stringify(what));
    const kept = this.#kept;
    if (kept?.print === print) return kept.key;
    this.#here = { key: fresh(), print };
    if (this.#at) localStorage.setItem(this.#at, JSON.stringify(this.#here));
    return this.#here.key;
  }

  /** An answer came, or nobody wants to send it any more. */
  forget() {
    this.#here = null;
    if (this.#at) localStorage.removeItem(this.#at);
  }

  /** Another window of this browser may have kept it. */
  get #kept(): Kept | null {
    return this.#at ? JSON.parse(localStorage.getItem(this.#at) ?? 'null') : this.#here;
  }
}

/** Not by `crypto.subtle`, which browsers keep from pages that come by plain HTTP. */
function fresh(): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  const time = new Date().toISOString().slice(0, 19).replaceAll(/\D/g, '');
  return `page-${time}-${[...random].map((number) => number.toString(16).padStart(8, '0')).join('')}`;
}

/**
 * FNV-1a over two halves: enough to see that a text has changed. Should two texts look alike by it, the gateway still
 * compares them whole, and refuses the key for the second.
 */
function fingerprint(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 16), 0x01000193);
  }
  return [low, high].map((half) => (half >>> 0).toString(16)).join('-') + `-${text.length}`;
}
