import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const fake = process.env['VITE_PLATFORM'] === 'fake';

export default defineConfig({
  // The window loads its files from a scheme of its own: no path may begin with a slash.
  base: './',
  plugins: [svelte()],
  // One host is built in, the other never gets into the bundle.
  resolve: {
    alias: { '#host': fileURLToPath(new URL(`src/platform/${fake ? 'fake' : 'tauri'}.ts`, import.meta.url)) },
  },
  // The glyphs are drawn from the one source, beside this folder.
  server: { fs: { allow: ['.', '../icons'] } },
  build: {
    target: ['chrome123', 'safari17.5'],
    cssTarget: ['chrome123', 'safari17.5'],
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 200,
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node', env: { TZ: 'Europe/Stockholm' } },
});
