import { api, got, type Schemas, session as wire } from './client';
import { live } from './live.svelte';

type Me = Schemas['Session'];

/** Who has logged in on this page. */
class Session {
  /** Undefined before the gateway has been asked. */
  me = $state<Me | null>();

  constructor() {
    wire.ended = () => this.#set(null);
  }

  /** Asks who this is. False: nobody is logged in. */
  async load(): Promise<boolean> {
    const { logged_in } = await this.state();
    this.#set(logged_in ? await got(api.GET('/api/v1/session')) : null);
    return logged_in;
  }

  /** What a page shows first; no log-in is needed to ask. */
  state = () => got(api.GET('/api/v1/setup'));

  async logIn(body: Schemas['LogIn']) {
    this.#set(await got(api.POST('/api/v1/session', { body })));
  }

  async setUp(body: Schemas['SetUp']) {
    this.#set(await got(api.POST('/api/v1/setup', { body })));
  }

  async logOut(everywhere: boolean) {
    // What is asked while the session ends would be refused.
    live.stop();
    try {
      await got(api.DELETE('/api/v1/session', { params: { query: everywhere ? { everywhere: true } : {} } }));
    } catch (error) {
      live.start();
      throw error;
    }
    this.#set(null);
  }

  may(scope: Schemas['ApiKeyScope']): boolean {
    return this.me?.scopes.includes(scope) ?? false;
  }

  #set(me: Me | null) {
    this.me = me;
    wire.csrf = me?.csrf_token ?? null;
    if (me) live.wake();
    else live.stop();
  }
}

export const session = new Session();
