// Words that nobody would write, more statuses than fit, and a resident program that stops or takes its time.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, fits, tally } from './audit.mjs';
import { pictures } from './stage.mjs';

const picture = async (page, name) => {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  tally.pictures += 1;
};
const heading = (page, text) => page.waitForFunction((text) => document.querySelector('h1').textContent === text, text);

export async function badInput(stage, check) {
  await check('words of any length and direction stay where they belong', async () => {
    for (const [width, lang] of [[320, 'en'], [900, 'en'], [320, 'ar']]) {
      const page = await stage.page({ scene: 'wild', width, lang });
      await fits(page, `wild ${width} ${lang}`);
      const spilt = await page.evaluate(() =>
        [...document.querySelectorAll('main li')].filter((row) => row.querySelector('time')).filter((row) => {
          const [line, time] = [row.querySelector('.line'), row.querySelector('time')].map((one) => one.getBoundingClientRect());
          return document.documentElement.dir === 'rtl' ? time.right > line.left : line.right > time.left;
        }).length,
      );
      assert.equal(spilt, 0);
      const open = await page.evaluate(() => [...document.querySelectorAll('[dir=auto]')].filter((one) => !/isolate|plaintext/.test(getComputedStyle(one).unicodeBidi)).map((one) => one.outerHTML.slice(0, 80)));
      // Form fields are a world of their own already.
      assert.deepEqual(open.filter((one) => !/^<(input|option|select)/.test(one)), []);
      await page.click('.shown');
      await fits(page, `wild form ${width} ${lang}`);
      await picture(page, `wild-form-${width}-light${lang === 'en' ? '' : `-${lang}`}`);
      await page.context().close();
    }
  });

  await check('three hundred statuses: found by name, reached by letters', async () => {
    const page = await stage.page({ scene: 'many', width: 320 });
    const names = () => page.evaluate(() => [...document.querySelectorAll('[role=radio]')].map((one) => one.textContent.trim()));
    await page.fill('[type=search]', 'case 7.2');
    assert.deepEqual(await names(), ['Meal 30 min', 'Case 7.2 30 min']);
    await audit(page, 'found');
    await picture(page, 'many-found-320-light');
    await page.fill('[type=search]', 'nothing of that kind');
    await page.waitForSelector('text=No status is called “nothing of that kind”.');
    await page.fill('[type=search]', '');
    const ids = () => page.evaluate(() => document.activeElement.dataset.id);
    await page.focus('[role=radio][tabindex="0"]');
    await page.keyboard.press('t');
    assert.equal(await ids(), 'training');
    await page.keyboard.press('t');
    assert.equal(await ids(), 'team_0');
    await page.waitForTimeout(1100);
    await page.keyboard.type('meal');
    assert.equal(await ids(), 'meal');
    assert.equal(await page.textContent('h1'), 'Available', 'letters choose nothing');
    await page.context().close();
  });

  await check('a slow answer: the button says so, keeps its place and is not sent twice', async () => {
    const page = await stage.page({ scene: 'workday' });
    await page.evaluate(() => {
      const { program } = globalThis.fake;
      const answer = program.answer.bind(program);
      globalThis.asked = [];
      program.answer = (request) => (globalThis.asked.push(JSON.stringify(request)), answer(request));
      globalThis.fake.delay = 3000;
    });
    const box = () => page.evaluate(() => JSON.stringify([...document.querySelectorAll('button')].map((one) => one.getBoundingClientRect())));
    const before = await box();
    const busy = page.locator('role=radio[name=Busy]');
    await busy.click();
    assert.equal(await busy.getAttribute('aria-busy'), null, 'no word under 300 ms');
    await page.waitForSelector('[role=radio][aria-busy=true]');
    assert.equal(await box(), before, 'nothing moves');
    await picture(page, 'slow-400-light');
    await audit(page, 'slow');
    await busy.click();
    await busy.click();
    await page.waitForSelector('text=Still working on it');
    await page.click('text=As a table');
    await page.waitForSelector('table');
    await heading(page, 'Busy');
    assert.equal(await page.locator('[aria-busy=true]').count(), 0);
    await page.waitForFunction(() => !document.querySelector('.banner'));
    assert.equal((await page.evaluate(() => globalThis.asked)).filter((one) => one.includes('busy')).length, 1);
    await page.context().close();
  });

  await check('a resident program that stops and comes back', async () => {
    const page = await stage.page({ scene: 'workday' });
    await page.evaluate(() => globalThis.fake.drop(2500));
    await page.waitForSelector('text=Halo isn’t answering');
    await page.click('role=radio[name=Busy]');
    await page.waitForSelector('.why [role=alert] p');
    await picture(page, 'stopped-400-light');
    await page.waitForFunction(() => !document.querySelector('.banner') && !document.querySelector('.why [role=alert] p'));
    await page.click('role=radio[name=Busy]');
    await heading(page, 'Busy');
    await page.context().close();

    const other = await stage.page({ scene: 'mismatch' });
    await other.click('text=Restart Halo');
    await heading(other, 'Available');
    await other.waitForFunction(() => !document.querySelector('.banner'));
    await other.context().close();
  });

  await check('a link asks: the harmless answer has the focus, Escape is one', async () => {
    // The page itself notes how it began, however slow the machine is.
    const page = await stage.page({
      scene: 'proposal',
      before: () => new MutationObserver(() => (globalThis.began ??= document.querySelector('dialog[open] .main')?.disabled)).observe(document, { subtree: true, childList: true, attributes: true }),
    });
    await page.waitForSelector('dialog[open]');
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    assert.equal(await focused(), 'Don’t change');
    assert.equal(await page.evaluate(() => globalThis.began), true, 'a click that was on its way says nothing');
    await page.waitForFunction(() => [...document.querySelectorAll('dialog[open] button')].every((one) => !one.disabled));
    await audit(page, 'a link asks');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('dialog[open]'));
    assert.equal(await page.textContent('h1'), 'Available');
    await page.context().close();

    const yes = await stage.page({ scene: 'proposal' });
    await yes.waitForFunction(() => [...document.querySelectorAll('dialog[open] button')].every((one) => !one.disabled));
    await yes.keyboard.press('Tab');
    await yes.keyboard.press('Enter');
    await yes.waitForFunction(() => !document.querySelector('dialog[open]'));
    await heading(yes, 'Meeting');
    await yes.context().close();

    const late = await stage.page({ scene: 'proposal' });
    await late.evaluate(() => ((globalThis.fake.program.proposal = null), globalThis.fake.program.changed()));
    await late.waitForFunction(() => !document.querySelector('dialog[open]'));
    await late.context().close();
  });

  await check('a shortcut is recorded as it is pressed, typed, and taken away', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#settings' });
    const field = page.locator('input[id$=chord]');
    const kept = () => page.evaluate(() => globalThis.fake.program.settings.find((one) => one.key === 'shortcut').value);
    await field.focus();
    await page.keyboard.press('Control+Shift+K');
    assert.deepEqual([await field.inputValue(), await kept()], ['Ctrl+Shift+K', 'Ctrl+Shift+K']);
    await page.keyboard.press('Delete');
    assert.deepEqual([await field.inputValue(), await kept()], ['', '']);
    await page.keyboard.type('nonsense');
    await page.keyboard.press('Tab');
    await page.waitForSelector('text=it must be a chord');
    assert.notEqual(await page.evaluate(() => document.activeElement.id.endsWith('chord')), true, 'Tab goes on');
    await page.uncheck('fieldset label:has-text("Busy") input');
    assert.equal(await page.evaluate(() => globalThis.fake.program.settings.find((one) => one.key === 'away.covers').value), 'available');
    await page.context().close();
  });
}
