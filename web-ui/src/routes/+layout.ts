import { words } from '$words/index.svelte';
import { theme } from '$ui/theme.svelte';

export const ssr = false;

export async function load() {
  theme.begin();
  await words.begin();
}
