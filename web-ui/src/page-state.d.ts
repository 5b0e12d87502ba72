declare global {
  namespace App {
    interface PageState {
      /** Of a webhook that was made just now: it is shown this once. */
      secret?: string;
      /** For the page for sending: what is to be sent again. */
      again?: { to: string; text: string }[];
    }
  }
}

export {};
