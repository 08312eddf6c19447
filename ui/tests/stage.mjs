// A stage for browser tests: the preview build behind the real content security policy, and the system's Chromium.
import { createServer } from 'node:http';
import { readFile, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = fileURLToPath(new URL('.', import.meta.url));
const site = join(here, '..', 'dist-preview');
export const pictures = join(here, 'pictures');

/** What the window is served with. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ipc: http://ipc.localhost";
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** When everything on the stage happens, so that pictures are the same each time. */
export const NOW = '2026-11-24T11:14:10Z';

/** What a page shows once it has read what it needs. */
export const READY = '.page :is(section, form, .rows, .quiet:not(:empty))';

/** Where systems keep Chromium. */
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/opt/homebrew/bin/chromium'];

/** What the surroundings of a language speak. */
const LOCALES = { en: 'en-GB', de: 'de-DE', es: 'es-ES', fr: 'fr-FR', ja: 'ja-JP', ar: 'ar-EG' };

/** A stage; with a font, that one is the system's on it. */
export async function openStage({ font = 'Inter' } = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname).replace(/\/$/, '/index.html');
    try {
      const body = await readFile(join(site, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-security-policy': CSP });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const profile = await mkdtemp(join(tmpdir(), 'halo-ui-'));
  await mkdir(pictures, { recursive: true });

  // The system font of the pictures is Inter where it is installed: closer to people's desktops than DejaVu.
  const fonts = join(profile, 'fonts.conf');
  await writeFile(fonts, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    ${['system-ui', 'sans-serif', 'sans', 'DejaVu Sans'].map((family) => `<match target="pattern"><test name="family"><string>${family}</string></test><edit name="family" mode="prepend" binding="strong"><string>${font}</string></edit></match>`).join('')}</fontconfig>`);

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? browsers.find((program) => existsSync(program)),
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check', '--disable-domain-reliability'],
    env: { ...process.env, ...(font !== 'Inter' || existsSync('/usr/share/fonts/opentype/inter') ? { FONTCONFIG_FILE: fonts } : {}) },
  });
  const strangers = new Set();
  const faults = [];

  return {
    origin,
    strangers,
    faults,
    /** A page of a scene in a fresh profile; `null` time: the real one. */
    async page({ scene = 'away-locked', hash = '', lang = 'en', width = 400, height = 640, time = NOW, before = null, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, timezoneId: 'Europe/Stockholm', locale: LOCALES[lang] ?? 'en-GB', deviceScaleFactor: 2, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.asked = [];
      page.on('request', (request) => {
        page.asked.push(request.url());
        if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) strangers.add(request.url());
      });
      page.on('console', (message) => message.type() === 'error' && faults.push(`${scene}${hash} ${lang}: ${message.text()}`));
      page.on('pageerror', (error) => faults.push(`${scene}${hash} ${lang}: ${error.message}`));
      if (before) await page.addInitScript(before);
      if (time) await page.clock.setFixedTime(time);
      await page.goto(`${origin}/?scene=${scene}&lang=${lang}${hash}`);
      await page.waitForFunction((waits) => waits || document.querySelector('main h1'), ['connecting', 'off', 'mismatch'].includes(scene));
      return page;
    },
    /** An empty page, for what only a browser can do. */
    async blank() {
      return (await browser.newContext()).newPage();
    },
    async close() {
      await browser.close();
      server.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
