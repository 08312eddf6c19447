// What the window downloads, gzipped, against its budget. Run after `npm run build`.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = { js: 45, css: 8 };
const assets = new URL('../dist/assets/', import.meta.url);
const sizes = { js: 0, css: 0 };
const languages = [];
for (const file of readdirSync(assets)) {
  const kind = file.split('.').at(-1);
  if (!(kind in sizes)) continue;
  const size = gzipSync(readFileSync(new URL(file, assets)), { level: 9 }).length / 1024;
  // A start loads one language: the largest one counts.
  const tag = /^words-(\w+)-/.exec(file)?.[1];
  if (tag) languages.push({ tag, size });
  else sizes[kind] += size;
}
languages.sort((a, b) => b.size - a.size);
const [largest] = languages;
console.log(`page ${sizes.js.toFixed(1).padStart(5)} KB; words ${languages.map(({ tag, size }) => `${tag} ${size.toFixed(1)}`).join(', ')} KB, of which the largest counts`);
sizes.js += largest?.size ?? Infinity;
let over = false;
for (const [kind, size] of Object.entries(sizes)) {
  over ||= size > BUDGET[kind] || size === 0;
  console.log(`${kind.padEnd(4)}${size.toFixed(1).padStart(6)} KB of ${BUDGET[kind]} KB`);
}
if (over) {
  console.error('over the budget, or nothing was built');
  process.exitCode = 1;
}
