const KEPT = 'simgate.loaded_again';
/** A page that failed is loaded again by itself once in that time. */
const EVERY = 60_000;

/**
 * Whether a page that failed may load itself again, which is then noted. A page that fails each time is loaded once,
 * and not for ever.
 */
export function mayLoadAgain(): boolean {
  const since = Date.now() - Number(sessionStorage.getItem(KEPT));
  // A clock that was put back must not forbid it for long.
  if (since >= 0 && since < EVERY) return false;
  sessionStorage.setItem(KEPT, String(Date.now()));
  return true;
}
