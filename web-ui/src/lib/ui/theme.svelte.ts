export type Theme = 'system' | 'light' | 'dark';
const KEPT = 'simgate.theme';

/** Light or dark: as the system says, unless somebody chose here. */
class ThemeChoice {
  chosen = $state<Theme>('system');
  #system = matchMedia('(prefers-color-scheme: dark)');

  begin() {
    const kept = localStorage.getItem(KEPT);
    this.chosen = kept === 'light' || kept === 'dark' ? kept : 'system';
    this.#system.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  choose(theme: Theme) {
    this.chosen = theme;
    localStorage.setItem(KEPT, theme);
    this.#apply();
  }

  #apply() {
    const dark = this.chosen === 'dark' || (this.chosen === 'system' && this.#system.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }
}

export const theme = new ThemeChoice();
