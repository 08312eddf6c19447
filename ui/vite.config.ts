import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { RESIDENT } from './src/words/sections';

const fake = process.env['VITE_PLATFORM'] === 'fake';

/** The glyphs stand in the document itself: no request for them, no script, and they take the colour of where they are used. */
const glyphs: Plugin = {
  name: 'glyphs',
  transformIndexHtml: (html) => html.replace('<!-- glyphs -->', () => readFileSync(new URL('../icons/generated/sprite.svg', import.meta.url), 'utf8').trim()),
};

/**
 * State is replaced, never changed in its depths: what Svelte keeps for that is left out. The preview, and with it
 * every test of the browser, tells where one tries; what a component exports is marked, and is no state.
 */
const shallow = fake
  ? `const plain = value && Object.getPrototypeOf(value);
     if ((plain === Object.prototype || plain === Array.prototype) && Object.getOwnPropertySymbols(value).length === 0) throw new Error('deep state: use $state.raw');`
  : '';

/** Helpers that guard against what doesn't happen here: nothing is loaded ahead of what is loaded later, and of Tauri's ways to call, two are used. */
const LEAN: [id: RegExp, code: string][] = [
  [/\/svelte\/src\/internal\/client\/proxy\.js$/, `export const proxy = (value) => { ${shallow} return value; }; export const get_proxied_value = (value) => value; export const is = Object.is;`],
  // No component waits for a promise, and none catches what another one throws.
  [/\/svelte\/src\/internal\/client\/reactivity\/async\.js$/, `import { derived } from './deriveds.js';
    const none = () => () => {};
    export const flatten = (blockers, sync, async, fn) => fn(sync.map(derived));
    export { ${'for_await_track_reactivity_loss run save track_reactivity_loss unsave run_after_blockers wait capture unset_context increment_pending'.split(' ').map((name) => `none as ${name}`).join(', ')} };`],
  // Nothing here is a store.
  [/\/svelte\/src\/internal\/client\/reactivity\/store\.js$/, `const none = () => {};
    export const legacy_is_updating_store = false;
    export const capture_store_binding = (read) => [read(), false];
    export { ${'store_get store_unsub store_set invalidate_store setup_stores store_mutate update_store update_pre_store mark_store_binding'.split(' ').map((name) => `none as ${name}`).join(', ')} };`],
  [/\/svelte\/src\/internal\/client\/dom\/blocks\/boundary\.js$/, `import { block, branch } from '../../reactivity/effects.js';
    import { EFFECT_PRESERVED, EFFECT_TRANSPARENT } from '#client/constants';
    export const boundary = (node, props, children) => block(() => void branch(() => children(node)), EFFECT_TRANSPARENT | EFFECT_PRESERVED);
    export const pending = () => 0;`],
  [/^\0vite\/preload-helper\.js$/, 'export const __vitePreload = (load) => load();'],
  [/@tauri-apps\/api\/core\.js$/, `
    const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
    // Messages keep their order, whichever way each of them came.
    export class Channel {
      constructor(hear) {
        let next = 0;
        const early = {};
        this.id = transformCallback(({ index, message }) => {
          early[index] = message;
          while (next in early) {
            message = early[next];
            delete early[next++];
            if (message) hear(message);
          }
        });
      }
      toJSON() { return '__CHANNEL__:' + this.id; }
      __TAURI_TO_IPC_KEY__() { return this.toJSON(); }
    }
    export { invoke };`],
];
const lean: Plugin = {
  name: 'lean',
  enforce: 'pre',
  load: (id) => LEAN.find(([which]) => which.test(id))?.[1] ?? null,
};

/** What only the resident program says stays out of the window's chunks; the fake program says some of it. */
const ownWords: Plugin = {
  name: 'own-words',
  apply: () => !fake && process.env['VITEST'] === undefined,
  enforce: 'pre',
  transform(code, id) {
    if (!/\/words\/[\w-]+\.json$/.test(id)) return null;
    // The questions of links come as they are to be read, and so does the tray's row for them; no timer here counts seconds.
    const words = JSON.parse(code, (key, value: unknown) => (key.startsWith('ask_') || ['row', 'seconds'].includes(key) ? undefined : value)) as Record<string, unknown>;
    return JSON.stringify(Object.fromEntries(Object.entries(words).filter(([section]) => !(RESIDENT as readonly string[]).includes(section))));
  },
};

export default defineConfig({
  // The window loads its files from a scheme of its own: no path may begin with a slash.
  base: './',
  plugins: [svelte(), glyphs, ownWords, lean],
  // One host is built in, the other never gets into the bundle.
  resolve: {
    alias: { '#host': fileURLToPath(new URL(`src/platform/${fake ? 'fake' : 'tauri'}.ts`, import.meta.url)) },
  },
  // A language is taken whole: nothing asks for one of its sections.
  json: { namedExports: false },
  // The words come from their one source, beside this folder.
  server: { fs: { allow: ['.', '../words'] } },
  build: {
    target: ['chrome123', 'safari17.5'],
    cssTarget: ['chrome123', 'safari17.5'],
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: { output: { chunkFileNames: ({ facadeModuleId }) => `assets/${facadeModuleId?.includes('/words/') ? 'words-' : ''}[name]-[hash].js` } },
    chunkSizeWarningLimit: 200,
    // A kilobyte smaller than what the usual one makes. Nothing here asks a function how many arguments it takes.
    minify: 'terser',
    terserOptions: { module: true, compress: { passes: 4, loops: false, ecma: 2020, inline: 1, sequences: false, keep_fargs: false, unsafe: true, unsafe_arrows: true, unsafe_methods: true }, format: { comments: false } },
  },
  test: { include: ['src/**/*.test.ts'], setupFiles: ['src/words/test-setup.ts'], environment: 'node', env: { TZ: 'Europe/Stockholm' } },
});
