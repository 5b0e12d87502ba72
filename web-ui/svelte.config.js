import adapter from '@sveltejs/adapter-static';
import { externalScripts } from './build/external-scripts.js';

// The daemon's build names folders of its own, so that two builds never write to one place.
const pages = process.env.SIMGATE_UI_OUT ?? 'dist';

/** @type {import('@sveltejs/kit').Config} */
export default {
  kit: {
    adapter: externalScripts(adapter({ pages, assets: pages, fallback: 'index.html', precompress: true }), pages),
    // An empty name, as from the build's own `svelte-kit sync`, is none: tsconfig.json extends what stands in this folder.
    outDir: process.env.SIMGATE_UI_WORK || '.svelte-kit',
    version: { name: process.env.SIMGATE_UI_VERSION ?? 'dev' },
    alias: { $ui: 'src/lib/ui', $sms: 'src/lib/sms', $api: 'src/lib/api', $words: 'src/lib/words' },
  },
  compilerOptions: { runes: true },
};
