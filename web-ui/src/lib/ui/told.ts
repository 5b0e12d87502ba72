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

/** A refusal in words. `detail`: what the API says of it, where that is another language. */
export function told({ problem, status }: Refused): { sentence: string; detail: string | null } {
  if (problem.type === 'urn:simgate:page:failed') return { sentence: problem.detail, detail: null };
  const word = SENTENCES[problem.type.split(':').at(-1) ?? ''];
  if (!word) return { sentence: t('problem.other', { status }), detail: problem.detail };
  if (word === 'problem.unreachable') return { sentence: t(word), detail: null };
  const field = problem.errors?.[0];
  if (field?.code) return { sentence: wrong(field), detail: null };
  const detail = field?.detail ?? problem.detail;
  return words.language === 'en' ? { sentence: detail, detail: null } : { sentence: t(word), detail };
}
