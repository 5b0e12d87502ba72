const PREFIX = 'simgate.draft.';

/** A text that survives a reload, kept on this computer alone. */
export class Draft {
  #text = $state('');

  constructor(readonly name: string, begin = '') {
    this.#text = begin || (localStorage.getItem(PREFIX + name) ?? '');
  }

  get text() {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    if (text) localStorage.setItem(PREFIX + this.name, text);
    else localStorage.removeItem(PREFIX + this.name);
  }
}
