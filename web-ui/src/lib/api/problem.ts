import type { components } from './schema';

export type Problem = components['schemas']['Problem'];

/** The gateway refused a request, or could not be reached. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get status() {
    return this.problem.status;
  }

  /** What is wrong with one field of the request, by its JSON pointer. */
  at(pointer: string): string | undefined {
    return this.problem.errors?.find((error) => error.pointer === pointer)?.detail;
  }

  /** What is wrong with a field of the request, or with something in it. */
  under(pointer: string): string | undefined {
    return this.problem.errors?.find((error) => `${error.pointer}/`.startsWith(`${pointer}/`))?.detail;
  }
}

/** Status 0: no answer came. */
export const UNREACHABLE: Problem = {
  type: 'urn:simgate:page:unreachable',
  title: 'No answer',
  status: 0,
  detail: 'The gateway does not answer.',
};

/** What went wrong, in a form that a page can show. */
export function refusal(error: unknown): Refused {
  if (error instanceof Refused) return error;
  return new Refused({ type: 'urn:simgate:page:failed', title: 'The page failed', status: 0, detail: error instanceof Error ? error.message : String(error) });
}
