import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { announcer } from './build/announcer.js';
import { words } from './build/words.js';

/** Where `npm run dev` finds a gateway, such as that of `simgate demo`. */
const gateway = process.env.SIMGATE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [announcer(), words(), tailwindcss(), sveltekit()],
  build: { assetsInlineLimit: 0 },
  server: { proxy: { '/api': { target: gateway, changeOrigin: true } } },
});
