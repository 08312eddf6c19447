import { describe, expect, it } from 'vitest';
import { Clock, type Surroundings } from './clock.svelte';

class Room implements Surroundings {
  at = 1_000_000;
  seen = true;
  due: { run: () => void; at: number } | null = null;
  wakes = 0;
  turned: () => void = () => {};
  now = () => this.at;
  visible = () => this.seen;
  later = (run: () => void, ms: number) => {
    const due = { run, at: this.at + ms };
    this.due = due;
    return () => {
      if (this.due === due) this.due = null;
    };
  };
  onVisibility = (run: () => void) => {
    this.turned = run;
    return () => {};
  };
  pass(ms: number) {
    const end = this.at + ms;
    while (this.due && this.due.at <= end) {
      this.at = this.due.at;
      this.wakes += 1;
      this.due.run();
    }
    this.at = end;
  }
}

describe('the clock', () => {
  it('wakes up once a minute', () => {
    const room = new Room();
    const clock = new Clock(room);
    clock.start();
    clock.follow([room.at - 20_000]);
    room.pass(10 * 60_000);
    expect(room.wakes).toBe(10);
    expect(clock.now).toBeGreaterThan(1_000_000 + 9 * 60_000);
  });

  it('sleeps while nobody sees it, and is right at once when somebody does', () => {
    const room = new Room();
    const clock = new Clock(room);
    clock.start();
    room.seen = false;
    room.turned();
    room.pass(60 * 60_000);
    expect(room.wakes).toBe(0);
    room.seen = true;
    room.turned();
    expect(clock.now).toBe(room.at);
  });
});
