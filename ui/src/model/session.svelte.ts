/** What the window knows, and how it asks. State comes from the resident program only: nothing is shown in advance. */
import type { Link, Platform, Saved } from '../platform';
import type { Intent } from '../protocol/Intent';
import type { Reply } from '../protocol/Reply';
import type { Request } from '../protocol/Request';
import type { WindowView } from '../protocol/WindowView';
import { t } from '../words/t';

/** A wait shorter than this goes unmentioned. */
export const PATIENCE = 300;

/** An answer that takes longer is worth a sentence. */
const LONG = 2000;

export class Session {
  view = $state.raw<WindowView | null>(null);
  link = $state.raw<Link>('connecting');
  /** Whether the wait for the resident program has become worth a word. */
  late = $state(false);
  /** How often there has been a link: what could not be read without one is read anew. */
  links = $state(0);
  /** How many answers are long overdue. */
  overdue = $state(0);
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
    let overdue = false;
    const timer = setTimeout(() => ((overdue = true), (this.overdue += 1)), LONG);
    try {
      return await this.#platform.ask(request);
    } catch {
      // Why it can't be reached is for the log; the person reads what it means, in their language.
      const words = t('refused.unreachable');
      return { refused: { line: words, words } };
    } finally {
      clearTimeout(timer);
      if (overdue) this.overdue -= 1;
    }
  }

  /** Starts the resident program, or starts it anew and with it this window; whether that began well. */
  begin(how: 'start' | 'restart'): Promise<boolean> {
    return this.#platform[how]().then(() => true, () => false);
  }

  zoom(factor: number): void {
    this.#platform.zoom(factor);
  }

  async do(intent: Intent): Promise<Reply> {
    return this.ask({ do: intent });
  }

  /** Never rejects either. */
  async save(name: string, text: string): Promise<Saved> {
    return this.#platform.save(name, text).catch((): Saved => ({ why: 'failed', folder: '' }));
  }

  #become(link: Link): void {
    if (link === 'connected' && this.link !== 'connected') this.links += 1;
    this.link = link;
    clearTimeout(this.#timer);
    if (typeof link === 'object' || link === 'connected') this.late = false;
    else this.#timer = setTimeout(() => (this.late = true), PATIENCE);
  }
}

/** One place from which something is asked, and where a refusal of it is shown. */
export class Attempt {
  /** Whether the refusal offers to sign in for this run only: there is no keyring for the token. */
  offers = $state(false);
  #words = $state<string | null>(null);
  /** Without a link, a refusal is about that: it goes when there is one again. */
  #link = $state<number | null>(null);
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get refused(): string | null {
    return this.#link === null || this.#link === this.#session.links ? this.#words : null;
  }

  forget(): void {
    this.#words = null;
    this.offers = false;
  }

  /** Does one after the other until one is refused; whether all were done. */
  async run(...intents: Intent[]): Promise<boolean> {
    this.forget();
    for (const intent of intents) {
      const reply = await this.#session.do(intent);
      this.offers = 'no_keyring' in reply;
      const no = 'refused' in reply ? reply.refused : 'no_keyring' in reply ? reply.no_keyring : null;
      if (no) {
        this.#link = this.#session.link === 'connected' ? null : this.#session.links;
        this.#words = no.words;
        return false;
      }
    }
    return true;
  }
}
