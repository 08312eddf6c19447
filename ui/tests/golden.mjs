// Golden pictures: what the screens looked like when somebody last looked at them. `npm run golden` draws them anew;
// look at what git says has changed before you commit it.
//
// They are drawn in DejaVu, which is wherever the tests are, and compared block by block, so that another release of the
// browser may smooth its letters differently; what has moved, grown or changed its colour is found all the same.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inPairs, tally } from './audit.mjs';
import { openStage, pictures, READY } from './stage.mjs';

const goldens = fileURLToPath(new URL('golden', import.meta.url));

/** A block of so many pixels a side differs if the mean of its colours does by more than this, of 255. */
const [BLOCK, FAR] = [8, 20];

/** How much of a picture may differ: a caret, a border between two rows. */
const MAY = 0.004;

const GUISES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
};

/** Scene, page, guise, width and language. */
const GOLDENS = [
  ['workday', '', 'light', 400, 'en'], ['workday', '', 'dark', 400, 'en'], ['workday', '', 'forced', 400, 'en'], ['workday', '', 'light', 320, 'en'], ['workday', '', 'light', 900, 'en'], ['workday', '', 'dark', 900, 'en'],
  ['away-locked', '', 'light', 400, 'en'], ['away-locked', '', 'light', 400, 'de'], ['away-locked', '', 'light', 900, 'de'], ['away-locked', '', 'dark', 400, 'ar'], ['away-locked', '', 'light', 900, 'ar'],
  ['over', '', 'light', 400, 'en'], ['countdown', '', 'dark', 400, 'en'], ['first', '', 'light', 400, 'en'], ['proposal', '', 'light', 400, 'en'], ['mismatch', '', 'light', 400, 'en'], ['call', '', 'light', 400, 'en'],
  ['meal', '#history', 'light', 400, 'en'], ['meal', '#history', 'dark', 900, 'en'], ['meal', '#history', 'light', 400, 'ar'], ['corrected', '#history', 'light', 400, 'en'],
  ['meal', '#settings', 'light', 400, 'en'], ['meal', '#settings', 'dark', 400, 'de'], ['managed', '#settings', 'dark', 400, 'en'], ['meal', '#help', 'light', 400, 'en'], ['team', '#people', 'light', 400, 'en'], ['off', '', 'dark', 400, 'en'], ['secondary', '', 'light', 400, 'en'],
  ['team', '', 'light', 900, 'en'], ['team', '', 'dark', 900, 'en'], ['team', '', 'light', 900, 'ar'], ['team-offline', '', 'light', 400, 'en'], ['team-offline', '', 'dark', 320, 'de'], ['team', '', 'forced', 900, 'en'],
  ['team', '#account', 'light', 400, 'en'], ['team', '#account', 'dark', 400, 'ar'], ['workday', '#account', 'light', 400, 'en'], ['team-ended', '#account', 'light', 400, 'de'],
];

export async function golden(check, write) {
  await mkdir(goldens, { recursive: true });
  const stage = await openStage({ font: 'DejaVu Sans' });
  await check(`${GOLDENS.length} pictures are as they were when somebody last looked at them`, () =>
    inPairs(GOLDENS, async ([scene, hash, guise, width, lang]) => {
      const name = `${scene}${hash.replace('#', '-')}-${width}-${guise}-${lang}.png`;
      const page = await stage.page({ scene, hash, lang, width, deviceScaleFactor: 1, reducedMotion: 'reduce', ...GUISES[guise] });
      if (['mismatch', 'off'].includes(scene)) await page.waitForSelector('.banner');
      if (scene === 'proposal') await page.waitForSelector('dialog[open] .main:enabled');
      if (hash) await page.waitForSelector(READY);
      const drawn = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      await page.context().close();
      tally.pictures += 1;
      if (write) return writeFile(join(goldens, name), drawn);
      const kept = await readFile(join(goldens, name)).catch(() => null);
      const far = kept && (await difference(stage, kept, drawn));
      if (kept && far <= MAY) return;
      await writeFile(join(pictures, `golden-${name}`), drawn);
      const how = kept ? `differs in ${(far * 100).toFixed(1)} % of its blocks from` : 'has nothing to be compared with at';
      assert.fail(`tests/pictures/golden-${name} ${how} tests/golden/${name}. Look at both; if the new one is right: npm run golden`);
    }),
  );
  await stage.close();
}

/** The part of the blocks that differ; the browser reads the pictures. */
async function difference(stage, kept, drawn) {
  const page = await stage.blank();
  const part = await page.evaluate(
    async ([pictures, BLOCK, FAR]) => {
      const read = async (picture) => {
        const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
        const small = new OffscreenCanvas(Math.ceil(bitmap.width / BLOCK), Math.ceil(bitmap.height / BLOCK));
        const all = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        all.drawImage(bitmap, 0, 0);
        const { data } = all.getImageData(0, 0, bitmap.width, bitmap.height);
        const means = new Float64Array(small.width * small.height * 3);
        for (let y = 0; y < bitmap.height; y += 1) {
          for (let x = 0; x < bitmap.width; x += 1) {
            const block = (Math.floor(y / BLOCK) * small.width + Math.floor(x / BLOCK)) * 3;
            for (let c = 0; c < 3; c += 1) means[block + c] += data[(y * bitmap.width + x) * 4 + c] / (BLOCK * BLOCK);
          }
        }
        return { means, size: `${bitmap.width}×${bitmap.height}` };
      };
      const [one, other] = await Promise.all(pictures.map(read));
      if (one.size !== other.size) return 1;
      let far = 0;
      for (let n = 0; n < one.means.length; n += 3) {
        far += [0, 1, 2].some((c) => Math.abs(one.means[n + c] - other.means[n + c]) > FAR) ? 1 : 0;
      }
      return far / (one.means.length / 3);
    },
    [[kept, drawn].map((picture) => picture.toString('base64')), BLOCK, FAR],
  );
  await page.context().close();
  return part;
}
