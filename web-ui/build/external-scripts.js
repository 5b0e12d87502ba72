import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/**
 * An adapter that does what `adapter` does, and then moves the scripts of the index into files: the daemon's
 * Content-Security-Policy allows no inline script.
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {string} folder where the adapter writes
 * @returns {import('@sveltejs/kit').Adapter}
 */
export function externalScripts(adapter, folder) {
  return {
    ...adapter,
    name: `${adapter.name}, scripts in files`,
    async adapt(builder) {
      await adapter.adapt(builder);
      const index = join(folder, 'index.html');
      const page = readFileSync(index, 'utf8').replaceAll(/<script>([\s\S]*?)<\/script>/g, (_, script) => {
        const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
        const path = `_app/immutable/entry/begin.${hash}.js`;
        write(join(folder, path), script);
        return `<script src="/${path}"></script>`;
      });
      if (/<script(?![^>]* src=)|<style| style="| on[a-z]+="/.test(page)) throw new Error('index.html has something inline');
      write(index, page);
    },
  };
}

/** Writes a file, and what it is compressed, as the adapter does.
 * @param {string} path @param {string} text */
function write(path, text) {
  writeFileSync(path, text);
  for (const [ending, compress] of /** @type {const} */ ([['.br', brotliCompressSync], ['.gz', gzipSync]])) {
    rmSync(path + ending, { force: true });
    writeFileSync(path + ending, compress(text));
  }
}
