import { t, words } from '$words/index.svelte';
import type { components } from './schema';

export type Problem = components['schemas']['Problem'];
type FieldError = components['schemas']['FieldError'];

/** Of these the gateway's own words tell more, in its language. */
const GENERAL = new Set(['url', 'secret', 'certificate', 'fingerprint', 'template', 'characters', 'sender', 'password', 'number-taken', 'not-sent', 'other-code', 'required']);

/** What is wrong with a field, in words. */
export function wrong({ code, params, detail }: FieldError): string {
  const word = `field.${code}`;
  if (!words.knows(word) || (words.language === 'en' && GENERAL.has(code ?? ''))) return detail;
  return t(word, params);
}

/** The gateway refused a request, or could not be reached. */
export class Refused extends Error {
  /** `wait`: after so many seconds the gateway may take the request. Null: the answer did not say. */
  constructor(
    readonly problem: Problem,
    readonly wait: number | null = null,
  ) {
    super(problem.detail);
  }

  get status() {
    return this.problem.status;
  }

  /** What is wrong with one field of the request, by its JSON pointer. */
  at(pointer: string): string | undefined {
    const found = this.problem.errors?.find((error) => error.pointer === pointer);
    return found && wrong(found);
  }

  /** What is wrong with a field of the request, or with something in it. */
  under(pointer: string): string | undefined {
    const found = this.problem.errors?.find((error) => `${error.pointer}/`.startsWith(`${pointer}/`));
    return found && wrong(found);
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
