import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Link } from '../platform';

const calls: [string, Record<string, unknown>][] = [];
let say: (news: unknown) => void = () => {};
vi.mock('@tauri-apps/api/core', () => ({
  Channel: class {
    constructor(run: (news: unknown) => void) {
      say = run;
    }
  },
  invoke: (command: string, args: Record<string, unknown>) => {
    calls.push([command, args]);
    return Promise.resolve({ done: null });
  },
}));

describe('the door', () => {
  it('hands its ear over with the first call, and understands the link', async () => {
    const { host } = await import('./tauri');
    const links: Link[] = [];
    const views: unknown[] = [];
    const stop = host().watch((view) => views.push(view), (link) => links.push(link));
    expect(calls.map(([command, args]) => [command, Object.keys(args)])).toEqual([['begin', ['news']]]);
    for (const connection of ['connecting', 'connected', 'mismatch: version 2']) say({ connection });
    expect(links).toEqual(['connecting', 'connected', { mismatch: 'version 2' }]);
    say({ view: 'a view' });
    expect(views).toEqual(['a view']);
    stop();
    say({ view: 'a late one' });
    expect(views).toHaveLength(1);
    await host().ask({ do: 'stay' });
    expect(calls.at(-1)).toEqual(['ask', { request: { do: 'stay' } }]);
    await host().restart();
    expect(calls.at(-1)?.[0]).toBe('restart');
  });

  it('is the only place that knows Tauri', () => {
    const sources = new URL('..', import.meta.url);
    const knows = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith('.test.ts'))
      .filter((file) => readFileSync(new URL(file.replaceAll('\\', '/'), sources), 'utf8').includes('@tauri-apps/'));
    expect(knows.map((file) => file.replaceAll('\\', '/'))).toEqual(['platform/tauri.ts']);
  });
});
