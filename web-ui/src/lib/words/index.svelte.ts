import type english from './catalogues/en.json';

export type Word = keyof typeof english;
export type Language = 'en' | 'vi';
type Values = Record<string, string | number>;
type Catalogue = Record<Word, (values: Values) => string>;

const CATALOGUES: Record<Language, () => Promise<{ default: unknown }>> = {
  en: () => import('./catalogues/en.json'),
  vi: () => import('./catalogues/vi.json'),
};
export const LANGUAGES: Record<Language, string> = { en: 'English', vi: 'Tiếng Việt' };
const KEPT = 'simgate.language';

class Words {
  language = $state<Language>('en');
  #catalogue = $state.raw<Catalogue | null>(null);

  /** Loads the language that was chosen here before, or else the browser's. */
  async begin() {
    const kept = localStorage.getItem(KEPT);
    const wanted = [kept, ...navigator.languages].map((tag) => tag?.slice(0, 2));
    await this.speak(wanted.find((tag): tag is Language => tag !== undefined && tag in CATALOGUES) ?? 'en');
  }

  async speak(language: Language) {
    const { default: catalogue } = await CATALOGUES[language]();
    this.#catalogue = catalogue as Catalogue;
    this.language = language;
    document.documentElement.lang = language;
  }

  async choose(language: Language) {
    localStorage.setItem(KEPT, language);
    await this.speak(language);
  }

  /** Whether there is such a text. */
  knows(word: string): word is Word {
    return this.#catalogue !== null && word in this.#catalogue;
  }

  say(word: Word, values: Values = {}): string {
    return this.#catalogue?.[word](values) ?? '';
  }
}

export const words = new Words();

/** The text `word` in the language that was chosen. */
export const t = (word: Word, values?: Values) => words.say(word, values);

/** The language of what the gateway says in its own words: for `lang`, where the page is in another one. */
export const gatewaysWords = () => (words.language === 'en' ? undefined : 'en');

/** As people read it: 12,345. */
export const count = (value: number) => new Intl.NumberFormat(words.language).format(value);

/** How much room, roughly: 12 MB, 3.4 GB. */
export function room(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [1e9, 'gigabyte'] : bytes >= 1e6 ? [1e6, 'megabyte'] : [1e3, 'kilobyte'];
  const style = { style: 'unit', unit: String(unit), unitDisplay: 'short', maximumFractionDigits: bytes < 10 * Number(size) ? 1 : 0 } as const;
  return new Intl.NumberFormat(words.language, style).format(bytes / Number(size));
}

/** How long, roughly: 4 s, 3 min, 2 h, 5 d. */
export function span(ms: number): string {
  const steps: [number, string][] = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute']];
  const [size, unit] = steps.find(([size]) => ms >= size) ?? [1000, 'second'];
  const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(words.language, style).format(Math.max(0, ms / size));
}

/** The time of day: 14:03. */
export const clock = (time: string | number | Date) =>
  new Intl.DateTimeFormat(words.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(time));

/** 'today 14:03', or with the day where that is another one. */
export function moment(time: string | number | Date): string {
  const at = new Date(time);
  const said = { clock: clock(at) };
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  if (days === 0) return t('time.today', said);
  if (days === -1) return t('time.yesterday', said);
  if (days === 1) return t('time.tomorrow', said);
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : ('numeric' as const);
  const day = new Intl.DateTimeFormat(words.language, { day: 'numeric', month: 'short', year }).format(at);
  return t('time.day', { day, ...said });
}

/** The time of day to the second: for steps that follow each other. */
export const second = (time: string) =>
  new Intl.DateTimeFormat(words.language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(time));

/** To the millisecond: for lines that follow each other fast. */
export const instant = (time: string) => {
  const style = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(words.language, style).format(new Date(time));
};

/** The day alone: 'Today', 'Yesterday', '12 November'. */
export function day(time: string): string {
  const at = new Date(time);
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  if (days === 0 || days === -1) return t(days === 0 ? 'time.day_today' : 'time.day_yesterday');
  return new Intl.DateTimeFormat(words.language, { dateStyle: 'long' }).format(at);
}

/** The whole time, to the second and with its zone. */
export const exactly = (time: string | number | Date) =>
  new Intl.DateTimeFormat(words.language, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(time));

const midnight = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
