/** The time as the screens see it. It moves once a minute, and only while somebody can see it. */
import { nextChange } from './timer';

/** What the clock needs of its surroundings, so that a test can be them. */
export interface Surroundings {
  now(): number;
  visible(): boolean;
  later(run: () => void, ms: number): () => void;
  onVisibility(run: () => void): () => void;
}

export const browser: Surroundings = {
  now: () => Date.now(),
  visible: () => document.visibilityState === 'visible',
  later: (run, ms) => {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
  onVisibility: (run) => {
    document.addEventListener('visibilitychange', run);
    return () => document.removeEventListener('visibilitychange', run);
  },
};

export class Clock {
  now = $state(0);
  #around: Surroundings;
  #anchors: number[] = [];
  #stop: () => void = () => {};

  constructor(around: Surroundings = browser) {
    this.#around = around;
    this.now = around.now();
  }

  start(): () => void {
    const unwatch = this.#around.onVisibility(() => this.#go());
    this.#go();
    return () => {
      unwatch();
      this.#stop();
    };
  }

  /** The instants whose minutes matter: the start and the end of the status. */
  follow(anchors: number[]): void {
    this.#anchors = anchors;
    this.#go();
  }

  #go(): void {
    this.#stop();
    if (!this.#around.visible()) return;
    const now = this.#around.now();
    this.now = now;
    // A few milliseconds late rather than early: early would need a second wake-up.
    this.#stop = this.#around.later(() => this.#go(), nextChange(this.#anchors, now) - now + 5);
  }
}
