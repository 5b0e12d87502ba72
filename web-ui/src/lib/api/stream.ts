/** One server-sent event. */
export type ServerEvent = { id: string; name: string; data: unknown };

type Listener = {
  event(event: ServerEvent): void;
  /** The stream has opened; what happened before, and is older than the gateway keeps, must be read again. */
  open(): void;
  /** The stream broke; it is opened again by itself. */
  broken(): void;
  /** Nobody is logged in any more: the stream is not opened again. */
  ended(): void;
};

/** The gateway does not give the stream to this session. */
class Unknown extends Error {}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** The gateway sends a comment at least every 15 s, so a longer silence means a dead connection. */
const SILENCE = 40_000;

/**
 * Follows `/api/v1/events` until `stop` is called. After a break it resumes from the last event
 * (`Last-Event-ID`), which the browser's own EventSource does not do after an error answer.
 */
export function follow(listener: Listener): () => void {
  const ended = new AbortController();
  void run(listener, ended.signal);
  return () => ended.abort();
}

async function run(listener: Listener, ended: AbortSignal) {
  let pause = FIRST_PAUSE;
  let last = '';
  while (!ended.aborted) {
    try {
      await read(last, ended, () => {
        pause = FIRST_PAUSE;
        listener.open();
      }, (event) => {
        if (event.id) last = event.id;
        listener.event(event);
      });
    } catch (error) {
      if (error instanceof Unknown && !ended.aborted) {
        listener.ended();
        return;
      }
      // Told below, whatever else the cause.
    }
    if (ended.aborted) return;
    listener.broken();
    await sleep(pause * (0.75 + Math.random() / 2), ended);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

async function read(last: string, ended: AbortSignal, opened: () => void, take: (event: ServerEvent) => void) {
  const silent = new AbortController();
  const signal = AbortSignal.any([ended, silent.signal]);
  const headers: HeadersInit = last ? { 'Last-Event-ID': last } : {};
  const answer = await fetch('/api/v1/events', { headers, signal });
  if (answer.status === 401) throw new Unknown();
  if (!answer.ok || !answer.body) throw new Error(`status ${answer.status}`);
  opened();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const timer = setTimeout(() => silent.abort(), SILENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event) take(event);
    }
  }
}

function parse(block: string): ServerEvent | null {
  let id = '';
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'id') id = value;
    else if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
  }
  if (!data.length) return null;
  try {
    return { id, name, data: JSON.parse(data.join('\n')) };
  } catch {
    return null;
  }
}

function sleep(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    ended.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
