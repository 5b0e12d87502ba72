import { type Refused, refusal } from './problem';

/** A change that a page asks for: under way, refused, or neither. */
export class Act {
  busy = $state(false);
  refused = $state<Refused | null>(null);

  /** Does `work`. True: it was not refused. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.refused = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.refused = refusal(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What is wrong where no field of the form shows it. */
  get said(): Refused | null {
    return this.refused?.problem.errors?.length ? null : this.refused;
  }

  at(pointer: string) {
    return this.refused?.at(pointer);
  }

  under(pointer: string) {
    return this.refused?.under(pointer);
  }
}
