/**
 * The one door between the screens and whatever runs them. It speaks only the protocol's types.
 */
import type { Reply } from './protocol/Reply';
import type { Request } from './protocol/Request';
import type { WindowView } from './protocol/WindowView';

/** How the window reaches the resident program. */
export type Link = 'connected' | 'connecting' | 'off' | { mismatch: string };

/** Where a file was saved, or why not and in which folder. */
export type Saved = { path: string } | { why: 'missing' | 'denied' | 'full' | 'failed'; folder: string };

export interface Platform {
  /** Reports each view and each change of the link from now on, until the returned function is called. */
  watch(onView: (view: WindowView) => void, onState: (state: Link) => void): () => void;
  /** Asks the resident program; rejects with words when it can't be reached. */
  ask(request: Request): Promise<Reply>;
  /** Starts the resident program anew, and then this window; rejects if it doesn't come back. */
  restart(): Promise<void>;
  /** Starts it, which has been off; rejects if that can't be. */
  start(): Promise<void>;
  /** Draws the page larger or smaller by a factor. */
  zoom(factor: number): void;
  /** Saves a table under a name in the person's folder of downloads, beside whatever is there. */
  save(name: string, text: string): Promise<Saved>;
}
