// Every screen in every guise, held against axe; a walk by keyboard; nothing that moves; nothing that leaves.
// Run after `npm run build:preview`; `node tests/browser.mjs walk` runs the checks of that name only. Pictures go to
// tests/pictures.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, fits, tally } from './audit.mjs';
import { badInput } from './bad-input.mjs';
import { corrections } from './corrections.mjs';
import { gallery } from './gallery.mjs';
import { golden } from './golden.mjs';
import { languages } from './languages.mjs';
import { screens } from './screens.mjs';
import { openStage, pictures } from './stage.mjs';
import { teams } from './team.mjs';

const stage = await openStage();
const began = Date.now();
const wrongs = [];

const write = process.argv[2] === '--write-golden';
const only = new RegExp(write ? 'somebody last looked' : (process.argv[2] ?? ''));

async function check(name, run) {
  if (!only.test(name)) return;
  try {
    await run();
    tally.checks += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    wrongs.push(name);
    console.log(`WRONG ${name}\n${error.message}`);
  }
}

await golden(check, write);
if (write) await gallery(stage);
await screens(stage, check);
await languages(stage, check);
await badInput(stage, check);
await corrections(stage, check);
await teams(stage, check);

await check('less motion means none', async () => {
  const page = await stage.page({ reducedMotion: 'reduce' });
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration.split(',').some((time) => parseFloat(time) > 0)).length);
  assert.equal(moving, 0);
  await page.context().close();
});

await check('a box stays where it is when it is ticked', async () => {
  const page = await stage.page({ scene: 'meal', hash: '#settings' });
  await page.waitForSelector('[type=checkbox]');
  const places = () => page.evaluate(() => [...document.querySelectorAll('.check [type=checkbox]')].map((box) => box.getBoundingClientRect().top - box.closest('label').getBoundingClientRect().top));
  const before = await places();
  assert.ok(before.length > 3);
  // Two rest in either state, whichever a setting begins with.
  const boxes = page.locator('.check [type=checkbox]');
  await boxes.nth(1).click();
  await boxes.nth(2).click();
  assert.deepEqual((await places()).slice(0, 3), before.slice(0, 3));
  await page.context().close();
});

await check('the page below stays where it is, whatever the header says', async () => {
  for (const width of [320, 400, 900]) {
    const tops = [];
    for (const scene of ['away-locked', 'meal', 'over', 'long', 'empty', 'countdown', 'paused', 'dnd', 'ended']) {
      const page = await stage.page({ scene, width });
      tops.push(await page.evaluate(() => document.querySelector('.shown').getBoundingClientRect().top));
      await page.context().close();
    }
    assert.equal(new Set(tops).size, 1, `${width}: ${tops}`);
  }
});

const topOf = (page, selector) => page.evaluate((selector) => Math.round(document.querySelector(selector).getBoundingClientRect().top), selector);

await check('a message is written over the statuses, which stay where they are', async () => {
  const page = await stage.page({ scene: 'workday' });
  const before = await topOf(page, '[role=radiogroup]');
  await page.click('.shown');
  await page.waitForSelector('form select');
  assert.equal(await topOf(page, '[role=radiogroup]'), before);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.classList.contains('shown'));
  await page.context().close();
});

await check('at twice the size on a small screen there are statuses in view', async () => {
  const page = await stage.page({ scene: 'workday', width: 400, height: 320 });
  const [status, end] = await page.evaluate(() => ['[role=radio]', 'main'].map((selector) => document.querySelector(selector).getBoundingClientRect().bottom));
  assert.ok(status <= end, `the first status ends at ${status}, what is in view at ${end}`);
  await page.context().close();
});

await check('that notifications wait is said above the statuses, and ended there', async () => {
  const page = await stage.page({ scene: 'paused' });
  assert.ok((await topOf(page, '.snoozed')) < (await topOf(page, '[role=radiogroup]')));
  await page.click('text=End snooze');
  await page.waitForFunction(() => !document.querySelector('.snoozed'));
  await page.context().close();
});

await check('a walk by keyboard: Meeting for 30 min, undo, a message', async () => {
  const page = await stage.page({ scene: 'workday' });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim());
  const until = async (wanted, key = 'Tab') => {
    for (let n = 0; n < 40 && (await focused()) !== wanted; n += 1) await press(key);
    assert.equal(await focused(), wanted);
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(ring, 'none', `the focus on ${wanted} can't be seen`);
  };
  await until('Available');
  // Arrows only look around: nobody sees a status on the way.
  await press('ArrowDown', 'ArrowDown');
  assert.equal(await focused(), 'Meeting');
  assert.equal(await page.textContent('h1'), 'Available');
  await until('Meeting: for how long?');
  await press('Enter');
  assert.equal(await focused(), '5 min');
  await press('Escape');
  assert.equal(await focused(), 'Meeting: for how long?', 'the focus returns to where it was');
  await press('Enter', 'ArrowDown', 'ArrowDown', 'Enter');
  await page.waitForFunction(() => document.querySelector('h1').textContent === 'Meeting');
  assert.match(await page.textContent('.line'), /Until 12:44, then Available/);
  assert.equal(await focused(), 'Meeting: for how long?');

  await page.context().close();

  const locked = await stage.page({ scene: 'away-locked' });
  // The first stop leads to the pages, past all that changes.
  await locked.keyboard.press('Tab');
  await locked.keyboard.press('Tab');
  assert.equal(await locked.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Undo: show Available');
  await locked.keyboard.press('Enter');
  await locked.waitForFunction(() => document.querySelector('h1').textContent === 'Available');
  await locked.waitForFunction(() => !document.querySelector('.undo'));
  for (let n = 0; n < 10 && !(await locked.evaluate(() => document.activeElement.classList.contains('shown'))); n += 1) await locked.keyboard.press('Tab');
  await locked.keyboard.press('Enter');
  await locked.keyboard.type('Back at three');
  await locked.keyboard.press('Tab');
  await locked.keyboard.type('for 1 hour');
  await locked.keyboard.press('Shift+Tab');
  await locked.keyboard.press('Enter');
  await locked.waitForFunction(() => document.querySelector('.shown')?.textContent.includes('Back at three'));
  assert.match(await locked.textContent('.shown'), /until 13:14/);
  await locked.waitForFunction(() => document.activeElement?.classList.contains('shown'));
  await audit(locked, 'after the walk');
  await locked.context().close();
});

await check('menus and forms: until a time, a wrong one, the duration menu held against axe', async () => {
  const page = await stage.page({ scene: 'workday', width: 320 });
  await page.click('[aria-label="Busy: for how long?"]');
  await page.click('text=Until…');
  await page.waitForSelector('.menu:popover-open input');
  await page.screenshot({ path: join(pictures, 'menu-320-light.png') });
  await audit(page, 'the menu');
  await page.fill('.menu:popover-open input', '15:30');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.line').textContent.includes('Until 15:30'));
  await page.click('.shown');
  await page.fill('form .field', 'In the train');
  await page.screenshot({ path: join(pictures, 'message-320-light.png') });
  await audit(page, 'the message');
  await page.fill('form .field', '');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('form [role=alert]').textContent.includes('Type a message'));
  await page.keyboard.press('Escape');
  await page.waitForSelector('.shown');
  await page.click('text=As a table');
  await page.waitForSelector('table');
  await page.screenshot({ path: join(pictures, 'table-320-light.png') });
  await audit(page, 'today as a table');
  await page.context().close();
});

await check('a refusal stands where the cause is', async () => {
  const page = await stage.page({ scene: 'refuse' });
  await page.click('role=radio[name=Busy]');
  await page.waitForSelector('.why [role=alert] p');
  assert.match(await page.textContent('.why [role=alert]'), /the disk is full/);
  await page.screenshot({ path: join(pictures, 'refuse-400-light.png') });
  await audit(page, 'refused');
  await page.context().close();
  const settings = await stage.page({ scene: 'workday', hash: '#settings' });
  await settings.fill('input[type=number]', '99');
  await settings.selectOption('select[aria-label=Unit]', 'h');
  await settings.waitForSelector('.inset [role=alert] p');
  assert.match(await settings.textContent('.inset [role=alert]'), /from 10s to 4h/);
  await settings.screenshot({ path: join(pictures, 'settings-refused-400-light.png') });
  await audit(settings, 'settings refused');
  await settings.context().close();
});

await check('what the organisation says is shown as such and can’t be changed', async () => {
  const page = await stage.page({ scene: 'managed', hash: '#settings' });
  const said = 'Set by your organisation';
  for (const label of ['Language', 'Show me as Away while the screen is locked', 'After', 'Shortcut for a quick status']) {
    const field = page.getByLabel(label, { exact: true });
    assert.equal(await field.isDisabled(), true, label);
    const about = await field.evaluate((node) => node.getAttribute('aria-describedby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' '));
    assert.ok(about?.includes(said), `${label}: ${about}`);
  }
  assert.equal(await page.getByLabel('Show me on a call while a microphone is in use').isDisabled(), false);
  await page.setViewportSize({ width: 400, height: 1500 });
  await page.screenshot({ path: join(pictures, 'managed-400-light.png') });
  await page.context().close();
  const form = await stage.page({ scene: 'managed', hash: '#account' });
  await form.waitForFunction(() => document.querySelector('input[type=url]')?.value === 'https://presence.example');
  assert.equal(await form.locator('input[type=url]').getAttribute('readonly'), '');
  await form.context().close();
});

await check('history: weeks, the export, and deleting asks first', async () => {
  const page = await stage.page({ scene: 'workday', hash: '#history' });
  await page.waitForSelector('.rows');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Export as CSV')]);
  assert.equal(download.suggestedFilename(), 'halo-history.csv');
  await page.waitForSelector('text=Saved as /home/ada/Downloads/halo-history.csv.');
  await audit(page, 'exported');
  await page.click('[aria-label="Previous week"]');
  await page.screenshot({ path: join(pictures, 'history-week-400-light.png') });
  await page.check('input[value=weeks]');
  await page.waitForSelector('.rows.wide li');
  await page.screenshot({ path: join(pictures, 'history-weeks-400-light.png') });
  await audit(page, 'weeks');
  await page.click('text=Delete my history…');
  await page.waitForSelector('dialog[open]');
  await page.screenshot({ path: join(pictures, 'delete-400-light.png') });
  await audit(page, 'delete');
  await page.click('dialog[open] >> text=Keep it');
  assert.ok((await page.locator('.rows li').count()) > 1);
  await page.click('text=Delete my history…');
  await page.click('dialog[open] >> text=Delete history');
  await page.waitForSelector('text=Your history is deleted.');
  await page.context().close();
});

await check('a wait of less than 300 ms is not worth a word', async () => {
  // The page's own clock tells how long it waited, however slow the machine is.
  const page = await stage.page({
    scene: 'connecting',
    time: null,
    before: () => new MutationObserver(() => document.querySelector('.banner') && (globalThis.seen ??= performance.now())).observe(document, { subtree: true, childList: true }),
  });
  await page.waitForSelector('.banner');
  assert.match(await page.textContent('.banner'), /isn’t answering/);
  const waited = await page.evaluate(() => globalThis.seen - performance.getEntriesByType('resource').find((one) => one.name.endsWith('.js')).responseEnd);
  assert.ok(waited >= 300, `${waited} ms`);
  await page.context().close();
});

await check('text of twice the size fits', async () => {
  const page = await stage.page({ scene: 'long', width: 640 });
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await fits(page, '200 %');
  await page.context().close();
});

await check('no request leaves, no error is logged', () => {
  assert.deepEqual([...stage.strangers], []);
  assert.deepEqual(stage.faults, []);
});

await stage.close();
console.log(`${tally.pictures} pictures, ${tally.axe} pages held against axe, ${Math.round((Date.now() - began) / 1000)} s`);
console.log(`${tally.checks} passed, ${wrongs.length} failed`);
process.exitCode = wrongs.length > 0 ? 1 : 0;
