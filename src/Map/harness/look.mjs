// Screenshots to look at:  node src/Map/harness/look.mjs   → .build/web/harness/*.png
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { Fleet } from './fleet.mjs';
import { HarnessServer, ROOT } from './server.mjs';

export const FLAGS = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const out = path.join(ROOT, '.build/web/harness');
fs.mkdirSync(out, { recursive: true });
const only = process.argv.slice(2);

const server = new HarnessServer();
const base = await server.start();
const fleet = new Fleet(60, path.join(ROOT, '.build/web/basemap/roads.bin'));
fleet.units[3].alarm = true;
fleet.units[5].lost = true;
fleet.units[9].lost = true;
fleet.units[9].ageMs = 400_000;
server.onWatch = ([watch]) => server.send('units', watch, 1, Date.now(), [fleet.block()]);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });

const shots = [
  ['city-light', { width: 1440, height: 900 }, 'theme=light&zoom=12.2'],
  ['city-dark', { width: 1440, height: 900 }, 'theme=dark&zoom=12.2'],
  ['streets-light', { width: 1440, height: 900 }, 'theme=light&zoom=15&lat=-34.9058&lon=-56.19'],
  ['streets-dark', { width: 1440, height: 900 }, 'theme=dark&zoom=15&lat=-34.9058&lon=-56.19'],
  ['close-light', { width: 1000, height: 700 }, 'theme=light&zoom=17.2&lat=-34.9058&lon=-56.19'],
  ['region-light', { width: 1440, height: 900 }, 'theme=light&zoom=7'],
  ['world-light', { width: 1440, height: 900 }, 'theme=light&zoom=2.2&lat=10&lon=0'],
  ['phone-light', { width: 390, height: 844 }, 'theme=light&zoom=12.6'],
  ['phone-dark', { width: 390, height: 844 }, 'theme=dark&zoom=13.6'],
];
for (const [name, viewport, query] of shots) {
  if (only.length > 0 && !only.includes(name)) continue;
  const phone = viewport.width < 500;
  const page = await browser.newPage({ viewport, deviceScaleFactor: phone ? 2 : 1, hasTouch: phone, isMobile: phone });
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !message.text().includes('GPU stall') && console.log(name, message.text()));
  page.on('pageerror', (error) => console.log(name, String(error)));
  await page.goto(`${base}/?${query}`);
  await page.waitForFunction(() => window.ready, null, { timeout: 60_000 });
  await page.evaluate(() => {
    const units = Array.from({ length: 60 }, (_, i) => i + 1);
    window.handle.setLabels(units, units.map((u) => `Van ${100 + u}`));
    window.handle.select(3);
  });
  await page.waitForFunction(() => window.inspected().engine.map.loaded() && window.inspected().session.store.count > 0, null, { timeout: 60_000 });
  await page.waitForTimeout(3500);
  await page.screenshot({ path: path.join(out, `${name}.png`) });
  console.log(name, 'violations', await page.evaluate(() => window.violations), 'errors', await page.evaluate(() => window.calls.filter((c) => c[0] === 'OnMapError')));
  await page.close();
}
await browser.close();
await server.stop();
