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

/** What only the resident program says stays out of the window's chunks; the fake program says some of it. */
const ownWords: Plugin = {
  name: 'own-words',
  apply: () => !fake && process.env['VITEST'] === undefined,
  enforce: 'pre',
  transform(code, id) {
    if (!/\/words\/[\w-]+\.json$/.test(id)) return null;
    // The questions of links come as they are to be read.
    const words = JSON.parse(code, (key, value: unknown) => (key.startsWith('ask_') ? undefined : value)) as Record<string, unknown>;
    return JSON.stringify(Object.fromEntries(Object.entries(words).filter(([section]) => !(RESIDENT as readonly string[]).includes(section))));
  },
};

export default defineConfig({
  // The window loads its files from a scheme of its own: no path may begin with a slash.
  base: './',
  plugins: [svelte(), glyphs, ownWords],
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
    // A kilobyte smaller than what the usual one makes.
    minify: 'terser',
    terserOptions: { module: true, compress: { passes: 3, ecma: 2020 }, format: { comments: false } },
  },
  test: { include: ['src/**/*.test.ts'], setupFiles: ['src/words/test-setup.ts'], environment: 'node', env: { TZ: 'Europe/Stockholm' } },
});
