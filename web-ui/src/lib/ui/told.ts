import { type Refused, wrong } from '$api/problem';
import { t, words, type Word } from '$words/index.svelte';

/** What went wrong, by the last part of the problem's type. */
const SENTENCES: Record<string, Word> = {
  'malformed-request': 'problem.malformed-request',
  'head-too-large': 'problem.head-too-large',
  'malformed-json': 'problem.malformed-json',
  unauthenticated: 'problem.unauthenticated',
  'not-logged-in': 'problem.not-logged-in',
  'code-needed': 'problem.code-needed',
  forbidden: 'problem.forbidden',
  'not-found': 'problem.not-found',
  'method-not-allowed': 'problem.method-not-allowed',
  'request-timeout': 'problem.request-timeout',
  conflict: 'problem.conflict',
  'body-too-large': 'problem.body-too-large',
  'unsupported-media-type': 'problem.unsupported-media-type',
  'invalid-fields': 'problem.invalid-fields',
  'too-many-requests': 'problem.too-many-requests',
  internal: 'problem.internal',
  'modem-refused': 'problem.modem-refused',
  unavailable: 'problem.unavailable',
  'modem-timeout': 'problem.modem-timeout',
  unreachable: 'problem.unreachable',
};

/** An answer of a program between the page and the gateway has a status, and no type that is known here. */
const STATUSES: Record<number, Word> = {
  413: 'problem.body-too-large',
  429: 'problem.too-many-requests',
  502: 'problem.unreachable',
  503: 'problem.unavailable',
  504: 'problem.unreachable',
};

type Told = {
  sentence: string;
  /** What the API says of the refusal, where that is another language. */
  detail: string | null;
  /** How long to wait before the next try, where waiting helps. */
  wait: string | null;
};

/** A refusal in words. */
export function told(refused: Refused): Told {
  return { ...what(refused), wait: wait(refused) };
}

/** The same for a place with room for a line. */
export function briefly(refused: Refused): string {
  const { sentence, wait } = told(refused);
  return wait ? `${sentence} ${wait}` : sentence;
}

function what({ problem, status }: Refused): Omit<Told, 'wait'> {
  if (problem.type === 'urn:simgate:page:failed') return { sentence: problem.detail, detail: null };
  const known = SENTENCES[problem.type.split(':').at(-1) ?? ''];
  if (!known) {
    const word = STATUSES[status];
    return word ? { sentence: t(word), detail: null } : { sentence: t('problem.other', { status }), detail: problem.detail };
  }
  if (known === 'problem.unreachable') return { sentence: t(known), detail: null };
  const field = problem.errors?.[0];
  if (field?.code) return { sentence: wrong(field), detail: null };
  const detail = field?.detail ?? problem.detail;
  return words.language === 'en' ? { sentence: detail, detail: null } : { sentence: t(known), detail };
}

function wait({ status, wait }: Refused): string | null {
  if (wait === null) return status === 429 ? t('problem.wait') : null;
  return wait < 100 ? t('problem.wait_seconds', { seconds: Math.max(1, wait) }) : t('problem.wait_minutes', { minutes: Math.ceil(wait / 60) });
}
