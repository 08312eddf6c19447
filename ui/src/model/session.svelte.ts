/** What the window knows, and how it asks. State comes from the resident program only: nothing is shown in advance. */
import type { Link, Platform } from '../platform';
import type { Intent } from '../protocol/Intent';
import type { Reply } from '../protocol/Reply';
import type { Request } from '../protocol/Request';
import type { WindowView } from '../protocol/WindowView';
import { t } from '../words/t';

/** A wait shorter than this goes unmentioned. */
const PATIENCE = 300;

export class Session {
  view = $state.raw<WindowView | null>(null);
  link = $state.raw<Link>('connecting');
  /** Whether the wait for the resident program has become worth a word. */
  late = $state(false);
  #platform: Platform;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  start(): () => void {
    this.#become('connecting');
    const stop = this.#platform.watch(
      (view) => (this.view = view),
      (link) => this.#become(link),
    );
    return () => {
      clearTimeout(this.#timer);
      stop();
    };
  }

  /** Never rejects: what can't be reached is a refusal too, with words. */
  async ask(request: Request): Promise<Reply> {
    try {
      return await this.#platform.ask(request);
    } catch (reason) {
      const words = typeof reason === 'string' && reason !== '' ? reason : t('refused.unreachable');
      return { refused: { line: words, words } };
    }
  }

  async do(intent: Intent): Promise<Reply> {
    return this.ask({ do: intent });
  }

  #become(link: Link): void {
    this.link = link;
    clearTimeout(this.#timer);
    if (link !== 'connecting') this.late = false;
    else this.#timer = setTimeout(() => (this.late = true), PATIENCE);
  }
}

/** One place from which something is asked, and where a refusal of it is shown. */
export class Attempt {
  refused = $state<string | null>(null);
  said = $state<string | null>(null);
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Does one after the other until one is refused; whether all were done. */
  async run(...intents: Intent[]): Promise<boolean> {
    this.refused = this.said = null;
    for (const intent of intents) {
      const reply = await this.#session.do(intent);
      if ('refused' in reply) {
        this.refused = reply.refused.words;
        return false;
      }
      if ('done' in reply) this.said = reply.done?.words ?? null;
    }
    return true;
  }
}
