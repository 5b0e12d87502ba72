import { Act } from '$api/act.svelte';

/** So long is it offered to take a change back. */
const OFFERED = 10_000;
type Offer = { text: string; work: () => Promise<unknown> | void };

/** The last change that can be taken back. */
class Undo {
  offer = $state.raw<Offer | null>(null);
  readonly act = new Act();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Says what was done, and offers to take it back by `work`. */
  say(text: string, work: Offer['work']) {
    this.#end();
    this.act.refused = null;
    this.offer = { text, work };
    this.#timer = setTimeout(() => this.#end(), OFFERED);
  }

  /** Takes the last change back; a refusal stays and says why. */
  async take() {
    const offer = this.offer;
    if (!offer || this.act.busy) return;
    clearTimeout(this.#timer);
    if (await this.act.run(async () => offer.work())) this.#end();
  }

  /** It is not wanted any more. */
  drop = () => this.#end();

  #end() {
    clearTimeout(this.#timer);
    this.offer = null;
  }
}

export const undo = new Undo();
