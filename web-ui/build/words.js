import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import MessageFormat from '@messageformat/core';
import compileModule from '@messageformat/core/compile-module.js';

/** What is compiled has a name of its own, or Vite would take it for JSON. */
const COMPILED = '\0words:';

/**
 * Compiles the catalogues of texts (ICU MessageFormat), so that no page parses one.
 * @returns {import('vite').Plugin}
 */
export function words() {
  return {
    name: 'words',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer || !/\/catalogues\/[a-z]{2}\.json$/.test(source)) return null;
      return COMPILED + resolve(dirname(importer), source).replace(/\.json$/, '');
    },
    load(id) {
      if (!id.startsWith(COMPILED)) return null;
      const path = `${id.slice(COMPILED.length)}.json`;
      this.addWatchFile(path);
      return compileModule(new MessageFormat(path.slice(-7, -5)), JSON.parse(readFileSync(path, 'utf8')));
    },
  };
}
