declare global {
  namespace App {
    interface PageState {
      /** Of a webhook that was made just now: it is shown this once. */
      secret?: string;
    }
  }
}

export {};
