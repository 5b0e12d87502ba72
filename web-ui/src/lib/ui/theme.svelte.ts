export type Theme = 'system' | 'light' | 'dark';
const KEPT = 'simgate.theme';

/** Light or dark: as the system says, unless somebody chose here. */
class ThemeChoice {
  chosen = $state<Theme>('system');
  isDark = $state(false);
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
    this.isDark = this.chosen === 'dark' || (this.chosen === 'system' && this.#system.matches);
    document.documentElement.dataset.theme = this.isDark ? 'dark' : 'light';
  }
}

export const theme = new ThemeChoice();
