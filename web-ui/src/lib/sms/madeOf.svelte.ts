import { api, got, type Schemas } from '$api/client';
import { Draft } from '$ui/draft.svelte';

type Values = Record<string, string>;

/** The template that a message is made of, if one was chosen, and the values of its variables. They survive a reload. */
export class MadeOf {
  all = $state.raw<Schemas['Template'][]>([]);
  readonly drafts: Draft[];
  #name: Draft;
  #values: Draft;

  constructor(place: string) {
    this.#name = new Draft(`${place}.template`);
    this.#values = new Draft(`${place}.values`);
    this.drafts = [this.#name, this.#values];
    void this.#read();
  }

  async #read() {
    // Without them a message is written by hand.
    this.all = (await got(api.GET('/api/v1/templates')).catch(() => ({ items: [] }))).items;
  }

  get name() {
    return this.#name.text;
  }

  set name(name: string) {
    this.#name.text = name;
  }

  /** Undefined also where it was deleted meanwhile. */
  get template() {
    return this.all.find((template) => template.name === this.name);
  }

  get values(): Values {
    return JSON.parse(this.#values.text || '{}') as Values;
  }

  give = (name: string, value: string) => {
    this.#values.text = JSON.stringify({ ...this.values, [name]: value });
  };

  /** What its variables are where `row` has some of them. What was left empty is not given. */
  variables(row: Values = {}): Values {
    const [names, values] = [this.template?.variables ?? [], this.values];
    const pairs = names.map((name): [string, string] => [name, row[name] ?? values[name] ?? '']);
    return Object.fromEntries(pairs.filter(([name, value]) => value || name in row));
  }

  /** Takes back the choice. */
  clear() {
    for (const draft of this.drafts) draft.text = '';
  }
}

/** What the template `name` becomes; variables that are still empty stand as their names. */
export const tryTemplate = (name: string, body: Schemas['TemplateTry'], signal?: AbortSignal) =>
  got(api.POST('/api/v1/templates/{name}/preview', { params: { path: { name } }, body: { lenient: true, ...body }, signal }));
