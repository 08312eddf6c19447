import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Link } from '../platform';

const heard = new Map<string, (event: { payload: unknown }) => void>();
const calls: unknown[] = [];
vi.mock('@tauri-apps/api/event', () => ({
  listen: (name: string, run: (event: { payload: unknown }) => void) => {
    heard.set(name, run);
    return Promise.resolve(() => heard.delete(name));
  },
}));
vi.mock('@tauri-apps/api/core', () => ({
  invoke: (command: string, args: unknown) => {
    calls.push([command, args, heard.size]);
    return Promise.resolve({ done: null });
  },
}));

describe('the door', () => {
  it('listens before it begins, and understands the link', async () => {
    const { host } = await import('./tauri');
    const links: Link[] = [];
    const stop = host().watch(() => {}, (link) => links.push(link));
    await vi.waitFor(() => expect(calls).toEqual([['begin', undefined, 2]]));
    for (const payload of ['connecting', 'connected', 'mismatch: version 2']) heard.get('connection')?.({ payload });
    expect(links).toEqual(['connecting', 'connected', { mismatch: 'version 2' }]);
    stop();
    await vi.waitFor(() => expect(heard.size).toBe(0));
    await host().ask({ do: 'stay' });
    expect(calls.at(-1)).toEqual(['ask', { request: { do: 'stay' } }, 0]);
  });

  it('is the only place that knows Tauri', () => {
    const sources = new URL('..', import.meta.url);
    const knows = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith('.test.ts'))
      .filter((file) => readFileSync(new URL(file.replaceAll('\\', '/'), sources), 'utf8').includes('@tauri-apps/'));
    expect(knows.map((file) => file.replaceAll('\\', '/'))).toEqual(['platform/tauri.ts']);
  });
});
