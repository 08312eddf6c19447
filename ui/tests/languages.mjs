// No word outside the catalogue, and room for the words of every language.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, fits, inPairs, tally, whole } from './audit.mjs';
import { pictures, READY } from './stage.mjs';

const SCREENS = [['meal', ''], ['away-locked', ''], ['empty', ''], ['paused', ''], ['countdown', ''], ['call', ''], ['proposal', ''], ['first', ''], ['mismatch', ''], ['connecting', ''], ['off', ''], ['meal', '#history'], ['meal', '#settings'], ['meal', '#help'], ['team', '#people'], ['team', ''], ['team-offline', ''], ['team-ended', ''], ['team-run', ''], ['team', '#account'], ['team-run', '#account'], ['workday', '#account'], ['team-offline', '#help'], ['workday', '#people']];
const SILENT = ['mismatch', 'connecting', 'off'];

/** Words that are neither between brackets nor somebody's own: names, messages, statuses, times, what machines say. */
const strangers = () => {
  const OWN = '[dir=auto], bdi, time, .figures, [lang]:not(html), [dir=ltr]';
  const outside = (text) => {
    let rest = text;
    for (let before = ''; before !== rest; ) [before, rest] = [rest, rest.replace(/⟦[^⟦⟧]*⟧/g, '')];
    // A sentence may hold an element: then its brackets are in other pieces of text.
    return rest.replace(/⟦[^⟦⟧]*$/, '').replace(/^[^⟦⟧]*⟧/, '');
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!element.checkVisibility() || element.closest('svg, script, style') || element.closest(OWN)) continue;
    if (/\p{L}/u.test(outside(text.data))) found.push(`${element.localName}.${element.className}: ${text.data.trim()}`);
  }
  for (const name of ['aria-label', 'placeholder', 'title']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const said = element.getAttribute(name);
      if (element.checkVisibility() && !element.matches('.label, [dir=ltr]') && /\p{L}/u.test(outside(said))) found.push(`${element.localName}[${name}]: ${said}`);
    }
  }
  return found;
};

async function open(stage, [scene, hash], lang) {
  const page = await stage.page({ scene, hash, lang, width: 320 });
  if (SILENT.includes(scene)) await page.waitForSelector('.banner');
  if (hash) await page.waitForSelector(READY);
  return page;
}

export async function languages(stage, check) {
  // German and Arabic are looked at with every screen (screens.mjs).
  for (const lang of ['en-XA', 'es', 'fr', 'ja']) {
    await check(`no word is cut at 320 px in ${lang}${lang === 'en-XA' ? ', and none stands outside the catalogue' : ''}`, () =>
      inPairs(SCREENS, async (screen) => {
        const page = await open(stage, screen, lang);
        const name = `${screen.join('').replace('#', '-')}-320-light-${lang}`;
        await whole(page, name);
        await fits(page, name);
        // Without the resident program, the surroundings say the language, and none of them speaks the strange one.
        if (lang === 'en-XA' && !SILENT.includes(screen[0])) {
          assert.deepEqual(await page.evaluate(strangers), [], name);
          await page.screenshot({ path: join(pictures, `${name}.png`) });
          tally.pictures += 1;
        }
        await page.context().close();
      }),
    );
  }

  await check('the language changes while the window is open, and only one is loaded at a time', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#settings' });
    const loaded = () => page.asked.map((one) => /words-(\w+)-/.exec(one)?.[1]).filter(Boolean);
    await page.waitForSelector('.page section');
    assert.deepEqual(loaded(), ['en']);
    await page.focus('select[id$=language-list]');
    await page.selectOption('select[id$=language-list]', 'de');
    await page.waitForFunction(() => document.documentElement.lang === 'de');
    await page.waitForFunction(() => document.querySelector('h1').textContent === 'Einstellungen');
    assert.ok(await page.evaluate(() => document.activeElement.matches('select[id$=language-list]')), 'the focus stays');
    assert.deepEqual(loaded(), ['en', 'de']);
    await page.selectOption('select[id$=language-list]', 'ar');
    await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    await audit(page, 'Arabic, chosen');
    await page.context().close();
  });

  await check('right to left: time runs from the right, and the arrows with it', async () => {
    const page = await stage.page({ scene: 'meal', hash: '#history', lang: 'ar' });
    await page.waitForSelector('.rows');
    const xs = await page.evaluate(() => [...document.querySelectorAll('.axis span')].map((one) => one.getBoundingClientRect().x));
    assert.deepEqual(xs, xs.toSorted((a, b) => b - a));
    const [earlier, later] = await page.evaluate(() => [...document.querySelectorAll('.turn')].map((one) => one.getBoundingClientRect().x));
    assert.ok(earlier > later);
    await page.context().close();
    const now = await stage.page({ scene: 'workday', lang: 'ar' });
    const name = () => now.evaluate(() => document.activeElement.dataset.id);
    await now.focus('[role=radio][tabindex="0"]');
    await now.keyboard.press('ArrowLeft');
    assert.equal(await name(), 'busy', 'the arrow goes where it points');
    await now.context().close();
  });
}
