// The default alphabet of GSM 7 bit and its extension table (3GPP TS 23.038, 6.2.1).
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';
const KNOWN = new Set(BASIC + EXTENSION);

/** What looks the same, and costs less. */
const LOOK_ALIKES: Record<string, string> = {
  '‘': "'", '’': "'", '‚': "'", '“': '"', '”': '"', '„': '"', '–': '-', '—': '-', '−': '-', '…': '...',
  '\u00a0': ' ', '\u202f': ' ', '\u2009': ' ', '•': '*', '\t': ' ', '`': "'", '´': "'", 'ʼ': "'",
};

/** Pieces of a text; `costs` where its characters have no place in GSM 7 bit. */
export function pieces(text: string): { text: string; costs: boolean }[] {
  const found: { text: string; costs: boolean }[] = [];
  for (const character of text) {
    const costs = !KNOWN.has(character);
    const last = found.at(-1);
    if (last?.costs === costs) last.text += character;
    else found.push({ text: character, costs });
  }
  return found;
}

/** The same text with look-alikes in place of what costs more. */
export const cheaper = (text: string) => Array.from(text, (character) => LOOK_ALIKES[character] ?? character).join('');
