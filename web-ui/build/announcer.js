/**
 * Takes the style attribute from the element by which SvelteKit tells screen readers of a new page: the daemon's
 * Content-Security-Policy allows none. A class hides the element as well.
 * @returns {import('vite').Plugin}
 */
export function announcer() {
  return {
    name: 'announcer',
    enforce: 'pre',
    transform(source, id) {
      if (!id.endsWith('/generated/root.svelte')) return null;
      const styled = /(<div id="svelte-announcer"[^>]*) style="[^"]*"/;
      if (!styled.test(source)) throw new Error('the announcer has changed: see that nothing inline is left');
      return { code: source.replace(styled, '$1 class="sr-only"'), map: null };
    },
  };
}
