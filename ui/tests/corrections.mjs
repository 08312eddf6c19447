// Corrections of the past: by keyboard, in every guise, among years of history.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, fits, inPairs, tally, targets, whole } from './audit.mjs';
import { GUISES } from './screens.mjs';
import { pictures } from './stage.mjs';

export async function corrections(stage, check) {
  await check('history: a stretch is corrected by keyboard, with a reason, and shows it', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#history', width: 320 });
    await page.waitForSelector('.rows');
    await page.focus('.rows li:first-child .day');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.all table');
    await targets(page, 'the day');
    await page.focus('.all tbody tr:nth-child(4) button');
    const corrected = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    assert.match(corrected, /^Correct… \d\d:\d\d \u2068?Away/);
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT', 'the first field has the focus');
    await page.keyboard.type('Meeting');
    await page.keyboard.press('Enter');
    await page.click('dialog[open] >> text=Save');
    await page.waitForSelector('dialog [role=alert] p');
    assert.match(await page.textContent('dialog [role=alert]'), /why the record is wrong/);
    await audit(page, 'a correction without a reason');
    await fits(page, 'a correction');
    await page.fill('dialog[open] input:not([type=time])', 'I was at a customer’s');
    await page.fill('dialog[open] input[type=time] >> nth=1', '04:00');
    await page.click('dialog[open] >> text=Save');
    await page.waitForSelector('dialog [role=alert] >> text=before it begins');
    assert.match(await page.textContent('dialog [role=alert]'), /start that comes before the end/);
    await page.click('dialog[open] >> text=Cancel');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Correct…'));
    assert.equal(await page.locator('.mark').count(), 0, 'nothing was changed');
    await page.keyboard.press('Enter');
    await page.selectOption('dialog[open] select', 'meeting');
    await page.fill('dialog[open] input:not([type=time])', 'I was at a customer’s');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.mark');
    assert.match(await page.textContent('.mark'), /corrected: was \u2068?Away\u2069? – \u2068?I was at a customer’s/);
    assert.equal(await page.locator('.piece.corrected').count(), 1);
    await page.waitForSelector('text=Your history is corrected.', { state: 'attached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Correct…'));
    await audit(page, 'corrected');
    await page.context().close();
  });

  await check('a corrected day and the dialog over it, in every guise and language', () =>
    inPairs(['en', 'de', 'es', 'fr', 'ja', 'ar'], async (lang) => {
      const page = await stage.page({ scene: 'corrected', hash: '#history', lang, width: 320 });
      await page.click('.rows li:first-child .day');
      await page.waitForSelector('.mark');
      for (const [guise, media] of Object.entries(lang === 'en' ? GUISES : { light: GUISES.light })) {
        await page.emulateMedia(media);
        for (const width of [320, 900]) {
          await page.setViewportSize({ width, height: 640 });
          const name = `${width}-${guise}${lang === 'en' ? '' : `-${lang}`}`;
          await seen(page, `corrected-${name}`);
          await page.click('.all tbody tr:nth-child(3) button');
          await page.waitForSelector('dialog[open]');
          await seen(page, `correct-${name}`);
          await page.keyboard.press('Escape');
          await page.waitForSelector('dialog[open]', { state: 'detached' });
        }
      }
      await page.context().close();
    }),
  );

  await check('history: five years turn as quickly as a week', async () => {
    const page = await stage.page({ scene: 'years', hash: '#history' });
    await page.waitForSelector('.rows');
    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length);
    for (let n = 0; n < 12; n += 1) await page.click('[aria-label="Previous week"]');
    await page.waitForFunction(() => document.querySelectorAll('.piece').length === 280);
    assert.ok((await nodes()) < 1000, `${await nodes()} nodes for a week`);
    await page.check('input[value=weeks]');
    await page.waitForSelector('.rows.wide li:nth-child(8)');
    assert.ok((await nodes()) < 400, `${await nodes()} nodes for eight weeks`);
    await page.context().close();
  });
}

async function seen(page, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  tally.pictures += 1;
  await fits(page, name);
  await targets(page, name);
  await whole(page, name);
  await audit(page, name);
}
