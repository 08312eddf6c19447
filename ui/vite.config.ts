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

/** Helpers that guard against what doesn't happen here: nothing is loaded ahead of what is loaded later, and Tauri's channel knows its own fields. */
const LEAN: [id: RegExp, code: string][] = [
  [/\/svelte\/src\/internal\/client\/proxy\.js$/, `export const proxy = (value) => { ${shallow} return value; }; export const get_proxied_value = (value) => value; export const is = Object.is;`],
  [/^\0vite\/preload-helper\.js$/, 'export const __vitePreload = (load) => load();'],
  [/@tauri-apps\/api\/external\/tslib\/tslib\.es6\.js$/, `
    export const __classPrivateFieldGet = (of, field, kind, method) => (kind === 'm' ? method : field.get(of));
    export const __classPrivateFieldSet = (of, field, value) => (field.set(of, value), value);`],
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
    // The questions of links come as they are to be read, and so does the tray's row for them.
    const words = JSON.parse(code, (key, value: unknown) => (key.startsWith('ask_') || key === 'row' ? undefined : value)) as Record<string, unknown>;
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
    terserOptions: { module: true, compress: { passes: 3, ecma: 2020, sequences: false, keep_fargs: false }, format: { comments: false } },
  },
  test: { include: ['src/**/*.test.ts'], setupFiles: ['src/words/test-setup.ts'], environment: 'node', env: { TZ: 'Europe/Stockholm' } },
});
