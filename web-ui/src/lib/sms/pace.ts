/** How soon a sending will be over, by how it went since it was first looked at. */
export class Pace {
  /** A shorter look tells nothing. */
  static readonly LOOK = 5000;
  #first: { at: number; over: number } | null = null;

  /** In ms; null while it cannot be told, or where nothing is left. */
  left(over: number, all: number, now = Date.now()): number | null {
    this.#first ??= { at: now, over };
    const [passed, done] = [now - this.#first.at, over - this.#first.over];
    return over < all && passed >= Pace.LOOK && done > 0 ? ((all - over) * passed) / done : null;
  }
}
