/** A table that somebody gave: the names of its columns, and a row for each recipient. */
export type Sheet = { columns: string[]; rows: Record<string, string>[]; numbers: string };

/** Reads a file of comma, semicolon or tab separated values (RFC 4180); the first line names the columns. */
export function readSheet(text: string): Sheet | null {
  const lines = split(text.replace(/^\uFEFF/, ''));
  const [head, ...rest] = lines;
  if (!head || !rest.length) return null;
  const columns = head.map((name, index) => name.trim() || `column${index + 1}`);
  const rows = rest.map((line) => Object.fromEntries(columns.map((name, index) => [name, line[index]?.trim() ?? ''])));
  // The column with most that look like numbers.
  const likely = (name: string) => rows.filter((row) => /^\+?[0-9 ().-]{8,}$/.test(row[name] ?? '')).length;
  const numbers = columns.reduce((best, name) => (likely(name) > likely(best) ? name : best), columns[0] ?? '');
  return { columns, rows, numbers };
}

function split(text: string): string[][] {
  const first = text.slice(0, text.indexOf('\n') + 1 || undefined);
  const separator = [',', ';', '\t'].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best));
  const lines: string[][] = [];
  let cell = '';
  let line: string[] = [];
  let quoted = false;
  const end = () => {
    line.push(cell);
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === separator) end();
    else if (character === '\n') {
      end();
      lines.push(line);
      line = [];
    } else if (character !== '\r') cell += character;
  }
  if (cell || line.length) {
    end();
    lines.push(line);
  }
  return lines.filter((cells) => cells.some((text) => text.trim()));
}

/** A text with `{{name}}` filled; `missing` are names that the row does not have. */
export function fill(text: string, row: Record<string, string>): { text: string; missing: string[] } {
  const missing: string[] = [];
  const filled = text.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => {
    if (name in row) return row[name] ?? '';
    missing.push(name);
    return whole;
  });
  return { text: filled, missing };
}
