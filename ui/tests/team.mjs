// A team's service: signing in and out, devices, people, and what is said while it is out of reach.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, fits, tally, targets, whole } from './audit.mjs';
import { pictures } from './stage.mjs';

const FIELDS = ['https://presence.example', 'ada', 'a long and good one'];

const seen = async (page, name) => {
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  tally.pictures += 1;
  await fits(page, name);
  await targets(page, name);
  await whole(page, name);
  await audit(page, name);
};
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim());
const until = async (page, wanted, key = 'Tab') => {
  for (let n = 0; n < 60 && (await focused(page)) !== wanted; n += 1) await page.keyboard.press(key);
  assert.equal(await focused(page), wanted);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', `the focus on ${wanted} can't be seen`);
};
const fill = async (page, values) => {
  for (const [n, value] of values.entries()) await page.fill(`form input >> nth=${n}`, value);
};
const passwords = (page) => page.evaluate(() => [...document.querySelectorAll('[type=password]')].map((one) => one.value));

export async function teams(stage, check) {
  await check('signing in by keyboard: from the settings, without words, with a wrong password, and rightly', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#settings', width: 320 });
    await page.waitForSelector('.page section');
    await page.click('main >> text=Sign in');
    await page.waitForSelector('form');
    await seen(page, 'sign-in-320-light');
    await until(page, 'Sign in');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert] >> text=Enter your team’s address.');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'url', 'what is missing has the focus');
    await page.keyboard.type(FIELDS[0]);
    await page.keyboard.press('Tab');
    await page.keyboard.type(FIELDS[1]);
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert] >> text=The name or the password is wrong');
    assert.deepEqual(await passwords(page), [''], 'the password is forgotten');
    assert.equal(await page.inputValue('form input >> nth=1'), 'ada', 'the rest stays');
    await seen(page, 'sign-in-wrong-320-light');
    await page.focus('[type=password]');
    await page.keyboard.type(FIELDS[2]);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=status] >> text=Signed in to https://presence.example as ada.');
    assert.equal(await focused(page), 'Account', 'reading begins at the top');
    assert.equal(await page.locator('[type=password]').count(), 0);
    await page.context().close();
  });

  await check('signing in takes its time: the button says so after 300 ms and sends once', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#account' });
    await fill(page, FIELDS);
    await page.evaluate(() => {
      const { program } = globalThis.fake;
      const answer = program.answer.bind(program);
      globalThis.asked = 0;
      program.answer = (request) => ((globalThis.asked += request.do?.sign_in ? 1 : 0), answer(request));
      globalThis.fake.delay = 1200;
    });
    const button = page.locator('main form .main');
    await button.click();
    assert.equal(await button.getAttribute('aria-busy'), null);
    await page.waitForSelector('form .main[aria-busy=true]');
    await button.click();
    await page.waitForSelector('text=Signed in to');
    assert.equal(await page.evaluate(() => globalThis.asked), 1);
    await page.context().close();
  });

  await check('d08 no keyring: said, offered for this run only, and said again afterwards', async () => {
    const page = await stage.page({ scene: 'workday', hash: '#account' });
    await fill(page, ['https://nokeyring.example', ...FIELDS.slice(1)]);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert] >> text=There is no keyring');
    await seen(page, 'sign-in-keyring-400-light');
    await page.fill('form input >> nth=1', 'adam');
    await page.waitForSelector('form button >> text=/^Sign in$/');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Sign in without saving');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Not saved: Halo will ask for your password next time.');
    await seen(page, 'account-run-400-light');
    await page.context().close();
  });

  await check('whoever is signed in has the name that the service knows', async () => {
    const page = await stage.page({ scene: 'team', hash: '#settings' });
    assert.ok(await page.getByLabel('Your name').evaluate((field) => field.readOnly));
    await page.goto(page.url().replace('#settings', '#now'));
    assert.match(await page.textContent('main'), /Signed in to https:\/\/presence\.example as ada/);
    await page.context().close();
  });

  await check('a device is signed out after a question, by keyboard', async () => {
    const page = await stage.page({ scene: 'team', hash: '#account', width: 320 });
    await page.waitForSelector('li');
    const names = () => page.evaluate(() => [...document.querySelectorAll('main li strong')].map((one) => one.textContent));
    assert.deepEqual(await names(), ['ada-desktop', 'ada-laptop', 'Reception in Lund']);
    await page.getByRole('button', { name: 'Sign out ada-laptop', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    assert.equal(await focused(page), 'Cancel', 'the harmless answer has the focus');
    await seen(page, 'revoke-320-light');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    assert.equal((await names()).length, 3, 'nothing was done');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=ada-laptop is signed out.');
    assert.deepEqual(await names(), ['ada-desktop', 'Reception in Lund']);
    assert.equal(await focused(page), 'Account');
    await page.context().close();
  });

  await check('g11 signing out here asks first, says what goes, and the form is there again', async () => {
    const page = await stage.page({ scene: 'team', hash: '#account' });
    await page.click('text=Sign out here');
    await page.waitForSelector('dialog[open] >> text=You are signed out on this computer');
    await page.click('dialog[open] >> text=Cancel');
    await page.click('text=Sign out here');
    await page.click('dialog[open] .danger');
    await page.waitForSelector('form [type=url]');
    assert.equal(await focused(page), 'Account');
    assert.equal(await page.textContent('main [role=status]').then((text) => text.trim()), 'Not signed in: your status stays on this computer.');
    await page.click('nav >> text=People');
    await page.waitForSelector('text=Sign in to your team’s service to see who is free.');
    assert.equal(await page.locator('[type=search]').count(), 0);
    await page.context().close();
  });

  await check('a sign-in that was ended: said at the foot of the page, and the form knows who it was', async () => {
    const page = await stage.page({ scene: 'team-ended', width: 320 });
    await page.click('.banners a');
    await page.waitForSelector('main form');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('form input')].map((one) => one.value)), ['https://presence.example', 'ada', '']);
    await page.fill('[type=password]', FIELDS[2]);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Your devices');
    await page.context().close();
    const without = await stage.page({ scene: 'team-ended', hash: '#account' });
    await without.click('text=Go on without a service');
    await without.waitForSelector('text=Not signed in');
    await without.context().close();
  });

  await check('out of reach: said at the foot of the page, which moves nothing, nor does what is asked for meanwhile', async () => {
    for (const width of [400, 900]) {
      const page = await stage.page({ scene: 'team-offline', width });
      const top = () => page.evaluate(() => document.querySelector('[role=radiogroup]').getBoundingClientRect().top);
      await page.waitForSelector('.banners >> text=Others see you Offline since 12:10.');
      assert.equal(await page.locator('text=the connection was refused').isVisible(), false, 'details on a click');
      await page.click('summary');
      await page.waitForSelector('text=the connection was refused');
      await page.click('summary');
      assert.equal(await page.locator('header .dashed').count(), 1, 'the ring is the one of nobody connected');
      const before = await top();
      await page.click('role=radio[name=/^Meal/]');
      await page.waitForSelector('text=Meal will be sent once you’re connected.');
      assert.equal(await top(), before);
      await seen(page, `offline-${width}-light`);
      await page.click('nav >> text=People');
      await page.waitForSelector('text=Last known, before the connection was lost.');
      await page.click('nav >> text=Now');
      await page.evaluate(() => ((globalThis.fake.program.team.unreachable = null), globalThis.fake.program.changed()));
      await page.waitForSelector('header .full');
      assert.equal(await page.locator('.banner').count(), 0);
      assert.equal(await top(), before, 'the page stands where it stood');
      await page.context().close();
    }
  });

  await check('g16 people: found by name, marked with a star and awaited, by keyboard only', async () => {
    const page = await stage.page({ scene: 'team-run', hash: '#people', width: 320 });
    const names = () => page.evaluate(() => [...document.querySelectorAll('main li strong')].map((one) => one.textContent));
    const asked = () => page.evaluate(() => globalThis.asked);
    await page.evaluate(() => {
      const { program } = globalThis.fake;
      const answer = program.answer.bind(program);
      globalThis.asked = [];
      program.answer = (request) => (request.people && globalThis.asked.push(request.people.search), answer(request));
    });
    await page.waitForSelector('main li');
    assert.equal((await names()).length, 9, 'everybody, to look through');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('main h2')].map((one) => one.textContent)), ['Lund', 'Malmö', 'Others']);
    await page.check('[type=checkbox]');
    await page.waitForFunction(() => document.querySelectorAll('main li').length === 1);
    assert.deepEqual(await names(), ['Jonas Ek'], 'free, and not on a call');
    await page.uncheck('[type=checkbox]');
    await seen(page, 'people-320-light');
    await page.evaluate(() => (globalThis.asked.length = 0));
    await until(page, 'Find people');
    await page.keyboard.type('tomas');
    await page.waitForSelector('[role=status] >> text=1 person');
    assert.deepEqual([await names(), await asked()], [['Tomás Rey'], ['tomas']], 'asked once, when the typing rests');
    await until(page, 'Tell me when Tomás Rey is free');
    await page.keyboard.press('Space');
    await page.waitForSelector('[aria-label="Tell me when Tomás Rey is free"][aria-pressed=true]');
    await until(page, 'Favourite: Tomás Rey');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[aria-label="Favourite: Tomás Rey"][aria-pressed=true]');
    assert.equal(await focused(page), 'Favourite: Tomás Rey', 'the focus stays');
    await seen(page, 'people-found-320-light');
    await until(page, 'Find people', 'Shift+Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('nobody of that name');
    await page.waitForSelector('text=No one matches “nobody of that name”.');
    assert.deepEqual(await names(), []);
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.waitForSelector('main h2 >> text=Favourites');
    assert.equal((await names())[0], 'Tomás Rey', 'whom one follows stands first');
    await page.evaluate(() => document.querySelector('[type=search]').focus());
    await until(page, 'Tell me when Tomás Rey is free');
    await page.keyboard.press('Space');
    await until(page, 'Favourite: Tomás Rey');
    await page.keyboard.press('Space');
    await page.waitForSelector('main h2 >> text=Favourites', { state: 'detached' });
    assert.equal(await focused(page), 'Favourite: Tomás Rey', 'the focus goes where the row went');
    await page.context().close();
  });

  await check('g09 a row says status, times, message and call in words; the bell is for those who aren’t free', async () => {
    const page = await stage.page({ scene: 'team', hash: '#people', width: 900, height: 900 });
    await page.waitForSelector('main h2 >> text=Malmö');
    const rows = await page.evaluate(() => [...document.querySelectorAll('main li')].map((row) => [row.querySelector('.text').innerText.replace(/\s+/g, ' '), row.querySelectorAll('button').length, row.querySelector('use').getAttribute('href')]));
    assert.deepEqual(rows.at(-1)[0], 'Omar Haddad Malmö Never signed in');
    assert.deepEqual(rows.slice(0, 3), [
      ['Mara Lindqvist Lund Meeting since 11:40, until 12:30 In the big room, with the people from Lund', 2, '#glyph-meeting'],
      ['Jonas Ek Lund Available since 11:22', 1, '#glyph-available'],
      ['Priya Raman Lund Available since 12:06 On a call', 2, '#glyph-available'],
    ]);
    await page.context().close();
  });
}
