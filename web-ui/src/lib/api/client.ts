import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';
import { type Problem, Refused, UNREACHABLE } from './problem';

export type Schemas = components['schemas'];

/** What each request needs to know of the session, and what it learns about it. */
export const session = {
  csrf: null as string | null,
  ended: () => {},
};

const bySession: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && session.csrf) request.headers.set('X-CSRF-Token', session.csrf);
    return request;
  },
  onResponse({ request, response }) {
    if (response.status === 401 && !request.url.endsWith('/session')) session.ended();
  },
};

export const api = createClient<paths>({ baseUrl: '/' });
api.use(bySession);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of an answer. A refusal is thrown as [`Refused`]. */
export async function got<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch {
    throw new Refused(UNREACHABLE);
  }
  if (answer.response.ok) return answer.data as T;
  throw new Refused(problemOf(answer), waitOf(answer.response));
}

/** `Retry-After` may also be a date, which only programs between the page and the gateway write. */
function waitOf({ headers }: Response): number | null {
  const said = headers.get('Retry-After') ?? '';
  if (/^\d+$/.test(said)) return Number(said);
  const until = Date.parse(said);
  return Number.isNaN(until) ? null : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

function problemOf({ error, response }: Answer<unknown>): Problem {
  if (error && typeof error === 'object' && 'detail' in error) return error as Problem;
  return { type: 'about:blank', title: response.statusText, status: response.status, detail: response.statusText };
}
