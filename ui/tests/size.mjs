// What the window downloads, gzipped, against its budget. Run after `npm run build`.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = { js: 45, css: 8 };
const assets = new URL('../dist/assets/', import.meta.url);
const sizes = { js: 0, css: 0 };
for (const file of readdirSync(assets)) {
  const kind = file.split('.').at(-1);
  if (kind in sizes) sizes[kind] += gzipSync(readFileSync(new URL(file, assets)), { level: 9 }).length / 1024;
}
let over = false;
for (const [kind, size] of Object.entries(sizes)) {
  over ||= size > BUDGET[kind] || size === 0;
  console.log(`${kind.padEnd(4)}${size.toFixed(1).padStart(6)} KB of ${BUDGET[kind]} KB`);
}
if (over) {
  console.error('over the budget, or nothing was built');
  process.exitCode = 1;
}
