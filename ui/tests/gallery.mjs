// The pictures of every screen in the documents (docs/pictures/screens). `npm run golden` draws them together with the
// golden ones, so that they show the same day and the same words.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inPairs, tally } from './audit.mjs';
import { READY } from './stage.mjs';

const folder = fileURLToPath(new URL('../../docs/pictures/screens', import.meta.url));

/** File, scene, page, colours, width and language. */
const GALLERY = [
  ['now-light', 'meal', '', 'light', 400, 'en'], ['now-dark', 'away-locked', '', 'dark', 400, 'en'], ['now-wide', 'meal', '', 'light', 900, 'en'],
  ['history', 'corrected', '#history', 'light', 400, 'en'], ['settings', 'meal', '#settings', 'light', 400, 'en'], ['help', 'meal', '#help', 'light', 400, 'en'],
  ['first-start', 'first', '', 'light', 400, 'en'], ['link', 'proposal', '', 'dark', 400, 'en'], ['people', 'team', '#people', 'light', 400, 'en'], ['account', 'team', '#account', 'light', 400, 'en'], ['sign-in', 'workday', '#account', 'light', 400, 'en'], ['now-german', 'away-locked', '', 'light', 400, 'de'], ['now-arabic', 'away-locked', '', 'dark', 400, 'ar'],
];

export async function gallery(stage) {
  await mkdir(folder, { recursive: true });
  await inPairs(GALLERY, async ([name, scene, hash, colorScheme, width, lang]) => {
    const page = await stage.page({ scene, hash, lang, width, colorScheme, deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
    if (hash) await page.waitForSelector(READY);
    if (scene === 'proposal') await page.waitForSelector('dialog[open] .main:enabled');
    await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
    tally.pictures += 1;
    await page.context().close();
  });
}
