/** Something on its way: it is not sent twice, and it is worth showing only if it is long in coming. */
import { PATIENCE } from './session.svelte';

export class Wait {
  shown = $state(false);
  #on = false;

  async until(run: () => Promise<unknown>): Promise<void> {
    if (this.#on) return;
    this.#on = true;
    const timer = setTimeout(() => (this.shown = true), PATIENCE);
    try {
      await run();
    } finally {
      clearTimeout(timer);
      this.#on = this.shown = false;
    }
  }
}
