// Fails where a text is missing in a language, where no page shows it, or where a code of the API has no sentence.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import MessageFormat from '@messageformat/core';
import { parse } from '@messageformat/parser';

const SOURCES = 'src';
const CATALOGUES = 'src/lib/words/catalogues';
const faults = [];

const read = (language) => JSON.parse(readFileSync(join(CATALOGUES, `${language}.json`), 'utf8'));
const [english, vietnamese] = [read('en'), read('vi')];
const files = readdirSync(SOURCES, { recursive: true }).map(String).filter((path) => /\.(svelte|ts)$/.test(path) && !path.endsWith('schema.d.ts'));
const code = files.map((path) => readFileSync(join(SOURCES, path), 'utf8')).join('\n');

/** Of each set of codes in the API's document: what the keys of their sentences begin with. */
const CODES = { AttentionCode: 'needs.', WaitingCode: 'waiting.', ReasonCode: 'reason.', ReasonFamily: 'reason.', MessageStepName: 'step.', ModemState: 'modem.', ModemIncidentKind: 'incident.', UplinkTrouble: 'trouble.', FieldErrorCode: 'field.', TestStepCode: 'test.said.', TestProblemCode: 'test.problem.', ModemFailure: 'failure.', ApiKeyScope: 'scope.' };
const schema = readFileSync(join(SOURCES, 'lib/api/schema.d.ts'), 'utf8');
const coded = new Set();
for (const [name, prefix] of Object.entries(CODES)) {
  const found = new RegExp(`^ *${name}: ("[^;]*");`, 'm').exec(schema);
  if (!found) faults.push(`the API's document has no ${name}`);
  for (const [, code] of (found?.[1] ?? '').matchAll(/"([^"]+)"/g)) {
    coded.add(prefix + code);
    if (!(prefix + code in english)) faults.push(`${name} ${code} has no sentence ${prefix + code}`);
    if (name === 'ReasonFamily') for (const word of Object.keys(english)) if (word.startsWith(`${prefix}${code}-`)) coded.add(word);
  }
}

/** The names of the API's problems are in no enumeration of its document. */
const problems = readFileSync('../daemon/api/src/problem.rs', 'utf8');
for (const [, name] of problems.matchAll(/Self::\w+ => "([a-z-]+)"/g)) if (!(`problem.${name}` in english)) faults.push(`the problem ${name} has no sentence`);

/** The names of the values that a text shows. */
const values = (tokens) => [...new Set(tokens.flatMap(named))].sort().join(' ');
const named = (token) => [...('arg' in token ? [token.arg] : []), ...(token.cases ?? []).flatMap((one) => one.tokens.flatMap(named))];

for (const [language, texts, others] of [['en', english, vietnamese], ['vi', vietnamese, english]]) {
  const format = new MessageFormat(language);
  for (const [word, text] of Object.entries(texts)) {
    if (!(word in others)) faults.push(`${word} stands in ${language}.json alone`);
    try {
      format.compile(text);
    } catch (error) {
      faults.push(`${language}.json, ${word}: ${error.message}`);
    }
    if (word in others && values(parse(text)) !== values(parse(others[word]))) faults.push(`${word} names other values in ${language}.json`);
    if (!coded.has(word) && !code.includes(`'${word}'`)) faults.push(`${word} is used by no page`);
  }
}
for (const fault of new Set(faults)) console.error(fault);
console.log(`${Object.keys(english).length} texts in 2 languages`);
process.exit(faults.length ? 1 : 0);
