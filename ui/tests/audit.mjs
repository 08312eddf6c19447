// What is held against every page, whatever it shows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const tally = { pictures: 0, axe: 0, checks: 0 };

/** Does the same with each of many, two at a time, and tells of every one that was wrong. */
export async function inPairs(many, run) {
  const queue = [...many];
  const wrongs = [];
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) await run(one).catch((error) => wrongs.push(error.message));
  };
  await Promise.all([work(), work()]);
  assert.deepEqual(wrongs, []);
}

/** WCAG 2.2 AA and good practice, as far as a machine can tell. */
export async function audit(page, name) {
  // Straight into the page: its policy, rightly, lets no script of ours in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  tally.axe += 1;
  const said = violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary?.split('\n').slice(1).join(' ')}`));
  assert.deepEqual(said, [], name);
}

/** Nothing sticks out sideways: WCAG 1.4.10. */
export async function fits(page, name) {
  const wide = await page.evaluate(() => {
    const main = document.querySelector('main');
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
  });
  assert.deepEqual(wide.map((n) => Math.max(0, n)), [0, 0], `${name} is wider than its window`);
}

/** WCAG 2.5.8; a link in a sentence is excepted by the rule itself. */
export async function targets(page, name) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, a, input, select')]
      .filter((one) => one.checkVisibility() && !one.closest('p.line'))
      .map((one) => [one.outerHTML.slice(0, 80), one.type === 'checkbox' ? one.closest('label').getBoundingClientRect() : one.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24)
      .map(([html, box]) => `${html} ${box.width}×${box.height}`),
  );
  assert.deepEqual(small, [], name);
}

/** Every glyph points at a drawing that the document has. */
export async function drawn(page, name) {
  const lost = await page.evaluate(() => [...document.querySelectorAll('use')].map((one) => one.getAttribute('href')).filter((href) => !document.querySelector(href)));
  assert.deepEqual(lost, [], name);
}

/** Words that are cut, or that stick out of the window. What may be cut says the whole elsewhere. */
export async function whole(page, name) {
  const found = await page.evaluate(() => {
    const MAY = '.shown .text, .line, .label, .recent .button, .back, .unseen, .unseen *, svg *';
    const found = [];
    for (const element of document.querySelectorAll('body *')) {
      if (!element.checkVisibility() || element.matches(MAY) || element.closest(MAY)) continue;
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
      const box = element.getBoundingClientRect();
      if (own && box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5)) found.push(`${element.outerHTML.slice(0, 90)} sticks out`);
      if (own && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) found.push(`${element.outerHTML.slice(0, 90)} is cut`);
      if (element.localName === 'select') {
        const probe = document.createElement('span');
        probe.style.cssText = `position:absolute;visibility:hidden;white-space:pre;font:${getComputedStyle(element).font}`;
        probe.textContent = element.selectedOptions[0]?.textContent ?? '';
        document.body.append(probe);
        const style = getComputedStyle(element);
        const room = element.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
        if (probe.getBoundingClientRect().width > room) found.push(`${probe.textContent} is cut in its list`);
        probe.remove();
      }
    }
    return found;
  });
  assert.deepEqual(found, [], name);
}
