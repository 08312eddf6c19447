// Every screen in every guise. A page is loaded once for each screen and language and then changes its guise, and two are
// at work at a time: the loading is what takes long.
import { join } from 'node:path';
import { audit, drawn, fits, inPairs, tally, targets, whole } from './audit.mjs';
import { pictures, READY } from './stage.mjs';

const SCREENS = [
  ['away-locked', ''], ['meal', ''], ['over', ''], ['countdown', ''], ['paused', ''], ['long', ''], ['wild', ''], ['many', ''], ['empty', ''], ['rtl', ''], ['secondary', ''], ['dnd', ''], ['call', ''], ['first', ''], ['proposal', ''],
  ['meal', '#history'], ['meal', '#settings'], ['meal', '#help'], ['team', '#people'], ['rtl', '#history'], ['empty', '#history'], ['connecting', ''], ['off', ''], ['mismatch', ''],
  ['team', ''], ['team-offline', ''], ['team-ended', ''], ['team-run', ''], ['team', '#account'], ['team-ended', '#account'], ['team-run', '#account'], ['workday', '#account'], ['team', '#settings'], ['managed', '#settings'], ['team-offline', '#help'], ['workday', '#people'], ['team-wild', ''], ['team-wild', '#account'],
];

export const GUISES = {
  light: { colorScheme: 'light', reducedMotion: 'no-preference', forcedColors: 'none' },
  dark: { colorScheme: 'dark', reducedMotion: 'no-preference', forcedColors: 'none' },
  still: { colorScheme: 'light', reducedMotion: 'reduce', forcedColors: 'none' },
  forced: { colorScheme: 'dark', reducedMotion: 'no-preference', forcedColors: 'active' },
};

// Guise, widths, and the width at which it is held against axe. Less motion looks the same at every width; other words
// have the same colours: those are held against axe once.
const ENGLISH = [['light', [320, 400, 900], [320, 900]], ['dark', [320, 400, 900], [400]], ['still', [400], []], ['forced', [320, 900], [320]]];
const TRANSLATED = [['light', [320, 900], [320]], ['dark', [400], []]];
const LANGUAGES = { en: ENGLISH, de: TRANSLATED, ar: TRANSLATED };

export async function screens(stage, check) {
  for (const [lang, guises] of Object.entries(LANGUAGES)) {
    const widths = guises.map(([guise, widths]) => `${guise} ${widths.join(' ')}`).join(', ');
    await check(`${SCREENS.length} screens in ${lang}: ${widths}`, () => inPairs(SCREENS, (screen) => look(stage, screen, lang, guises)));
  }
}

async function look(stage, [scene, hash], lang, guises) {
  const page = await stage.page({ scene, hash, lang, width: 320 });
  if (['connecting', 'off', 'mismatch'].includes(scene)) await page.waitForSelector('.banner');
  if (hash) await page.waitForSelector(READY);
  for (const [guise, widths, audited] of guises) {
    await page.emulateMedia(GUISES[guise]);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 640 });
      const name = `${scene}${hash.replace('#', '-')}-${width}-${guise}${lang === 'en' ? '' : `-${lang}`}`;
      await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
      tally.pictures += 1;
      await fits(page, name);
      await targets(page, name);
      await drawn(page, name);
      if (width === 320 && guise === 'light' && !['wild', 'long', 'team-wild'].includes(scene)) await whole(page, name);
      if (audited.includes(width)) await audit(page, name);
    }
  }
  await page.context().close();
}
