import { Once } from '$api/once';

const PREFIX = 'simgate.draft.';

/** A text that survives a reload, kept on this computer alone. */
export class Draft {
  #text = $state('');
  /** What it is sent under, once. */
  readonly once: Once;

  constructor(readonly name: string, begin = '') {
    this.#text = begin || (localStorage.getItem(PREFIX + name) ?? '');
    this.once = new Once(name);
  }

  get text() {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    if (text) {
      try {
        localStorage.setItem(PREFIX + this.name, text);
      } catch {
        // More than a browser keeps: it lasts as long as this page, and nothing older comes back after that.
        localStorage.removeItem(PREFIX + this.name);
      }
    } else {
      localStorage.removeItem(PREFIX + this.name);
      this.once.forget();
    }
  }
}
