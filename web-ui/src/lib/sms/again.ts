import type { Sheet } from './csv';

/** Messages that somebody wants to send again, as the page for sending takes them. */
export type Again = { to: string; text: string }[];

/** One text to all of them; or, where the texts differ, a table whose column `text` is the text. */
export function asked(again: Again): { to: string; text: string; sheet: Sheet | null } {
  const text = again[0]?.text ?? '';
  if (again.every((message) => message.text === text)) return { to: again.map((message) => message.to).join('\n'), text, sheet: null };
  return { to: '', text: '{{text}}', sheet: { columns: ['to', 'text'], rows: again, numbers: 'to' } };
}
