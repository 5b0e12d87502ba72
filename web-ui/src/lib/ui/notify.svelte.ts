const KEPT = 'simgate.notify';

/** Whether this browser tells of new messages: only where somebody asked for it here and the browser allows it. */
class Notify {
  /** Browsers offer it to pages that come by HTTPS, or from this machine. */
  readonly possible = typeof Notification !== 'undefined' && isSecureContext;
  on = $state(false);
  /** The browser was asked, and said no. */
  denied = $state(false);

  begin() {
    this.on = this.possible && localStorage.getItem(KEPT) === 'on' && Notification.permission === 'granted';
  }

  async set(on: boolean) {
    this.denied = on && (await Notification.requestPermission()) !== 'granted';
    this.on = on && !this.denied;
    localStorage.setItem(KEPT, this.on ? 'on' : 'off');
  }

  /** `about`: a later one about the same takes its place. */
  show(title: string, body: string, about: string, opened: () => void) {
    const shown = new Notification(title, { body, tag: about, icon: '/icon-192.png' });
    shown.onclick = () => {
      window.focus();
      opened();
      shown.close();
    };
  }
}

export const notify = new Notify();
