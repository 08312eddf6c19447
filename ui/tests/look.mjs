// Pictures to look at while designing: node tests/look.mjs scene[#page] … [--dark] [--width=320] [--height=640] [--lang=de]
import { join } from 'node:path';
import { openStage, pictures } from './stage.mjs';

const flags = Object.fromEntries(process.argv.filter((a) => a.startsWith('--')).map((a) => a.slice(2).split('=')));
const scenes = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const stage = await openStage();
const width = Number(flags.width ?? 400);
for (const name of scenes) {
  const [scene, hash] = name.split('#');
  const page = await stage.page({ scene, hash: hash ? `#${hash}` : '', lang: flags.lang ?? 'en', width, height: Number(flags.height ?? 640), colorScheme: 'dark' in flags ? 'dark' : 'light' });
  const path = join(pictures, `look-${scene}${hash ? `-${hash}` : ''}-${width}${flags.lang ? `-${flags.lang}` : ''}${'dark' in flags ? '-dark' : ''}.png`);
  await page.waitForTimeout(400);
  await page.screenshot({ path });
  console.log(path);
  await page.context().close();
}
console.log([...stage.strangers, ...stage.faults].join('\n'));
await stage.close();
