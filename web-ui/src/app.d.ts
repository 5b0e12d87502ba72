declare module '@messageformat/core/compile-module.js' {
  import type MessageFormat from '@messageformat/core';
  export default function compileModule(format: MessageFormat, messages: Record<string, string>): string;
}

declare namespace App {
  interface PageState {
    /** For the page for sending: what is to be sent again. */
    again?: { to: string; text: string }[];
  }
}
