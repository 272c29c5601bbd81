// One browser for the harness's tests and looks.
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const GPU = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

export const launch = (withGpu = true) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...FLAGS, ...(withGpu ? GPU : ['--disable-3d-apis'])] });

/** A page with a map, its first picture drawn. What the page says on its console is kept in `page.said`. */
export async function openMap(browser, url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, ...options });
  page.said = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(String(error)));
  await page.goto(url);
  await page.waitForFunction(() => window.ready, null, { timeout: 60_000 });
  return page;
}

/** The ground is there and nothing is being loaded. */
export const settled = (page) => page.waitForFunction(() => window.inspected().engine.map.areTilesLoaded(), null, { timeout: 60_000 });

/** Two frames have been drawn since. */
export const drawn = (page) => page.evaluate(async () => {
  const { engine } = window.inspected();
  for (let i = 0; i < 2; i++) await new Promise((resolve) => {
    engine.map.once('render', resolve);
    engine.map.triggerRepaint();
  });
});
