/** Whether the window is wider than a phone: then what may be folded away is open at first. */
export const roomy = () => matchMedia('(width >= 40rem)').matches;
