// Screenshots to look at:  npm run look [NAME …]   → .build/web/harness/NAME.png
import fs from 'node:fs';
import path from 'node:path';
import { drawn, launch, openMap, settled } from './browser.mjs';
import { Fleet } from './fleet.mjs';
import { blockOf, cellsOf, everySymbol, replayOf } from './scenes.mjs';
import { HarnessServer, ROOT } from './server.mjs';

const out = path.join(ROOT, '.build/web/harness');
const roads = path.join(ROOT, '.build/web/basemap/roads.bin');
fs.mkdirSync(out, { recursive: true });
const only = process.argv.slice(2);

const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const OLD_TOWN = 'lat=-34.9058&lon=-56.19';
const fleet = () => {
  const found = new Fleet(60, roads);
  found.units[3].alarm = true;
  found.units[5].lost = true;
  Object.assign(found.units[9], { lost: true, ageMs: 400_000 });
  return found;
};

/** Two hours of the fleet's driving, a fix every five seconds. */
function yesterday() {
  const from = 1_795_284_000_000;
  const driving = new Fleet(60, roads);
  for (const u of driving.units) Object.assign(u, { ageMs: 0, fixes: [] });
  for (let t = 0; t < 7_200_000; t += 5000) {
    driving.step(5000);
    for (const u of driving.units) {
      const { lat, lon } = driving.placeOf(u);
      if (u.moves || t % 60_000 === 0) u.fixes.push([from + t, lat / 1e7, lon / 1e7, u.moves ? Math.round(u.speed * 100 * (0.6 + 0.8 * Math.abs(Math.sin(t / 50_000 + u.unit)))) : 0]);
    }
  }
  return replayOf(from, from + 7_200_000, driving.units.map((u) => ({ unit: u.unit, kind: u.kind, fixes: u.fixes })));
}

async function live(page) {
  await page.waitForFunction(() => window.inspected().session.store.count > 0, null, { timeout: 20_000 });
  await page.evaluate(() => {
    const units = Array.from({ length: 60 }, (_, i) => i + 1);
    window.handle.addLabels(units, units.map((u) => `Van ${100 + u}`));
    window.handle.select(3);
  });
}

async function counts(page, server) {
  await page.waitForFunction(() => window.inspected().session.store.count > 0, null, { timeout: 20_000 });
  const many = new Fleet(5000, roads, 3);
  const cells = new Map();
  for (const u of many.units) {
    const { lat, lon } = many.placeOf(u);
    const key = `${Math.floor(lat / 240_000)}/${Math.floor(lon / 300_000)}`;
    const cell = cells.get(key) ?? { count: 0, lat: 0, lon: 0, alarms: 0 };
    cells.set(key, { count: cell.count + 10, lat: cell.lat + lat / 1e6, lon: cell.lon + lon / 1e6, alarms: u.unit === 77 ? 1 : cell.alarms });
  }
  server.send('counts', server.watch, Date.now(), 12, cellsOf([...cells.values()].map((c) => ({ ...c, lat: c.lat / c.count, lon: c.lon / c.count }))));
  await page.waitForFunction(() => window.inspected().engine.overlays.countOf('fc-counts') > 0);
}

async function replay(page, server) {
  server.bodies.set('/replay', yesterday());
  await page.evaluate(async () => {
    await window.handle.replay.load('/replay');
    window.handle.select(58);
    window.handle.replay.seek(1_795_284_000_000 + 3_600_000);
  });
}

async function nearest(page) {
  await live(page);
  await page.evaluate(() => {
    const { store } = window.inspected().session;
    const units = [7, 14, 29, 58].map((unit) => ({ unit, lat: store.latitudeE7[store.slotOf(unit)] / 1e7, lon: store.longitudeE7[store.slotOf(unit)] / 1e7, text: `${(unit / 7).toFixed(1)} km · 20 s` }));
    window.handle.setNearest({ lat: -34.9, lon: -56.15, units });
    window.handle.setMarkers([{ id: 'a', lat: -34.893, lon: -56.17, text: 'INC-1042', kind: 'incident' }, { id: 'b', lat: -34.905, lon: -56.14, text: 'SOS', kind: 'emergency' }]);
  });
}

const symbols = { units: everySymbol(), act: async (page) => page.waitForFunction(() => window.inspected().session.store.count > 50) };
const shots = [
  ['city-light', DESK, 'theme=light&zoom=12.2', { act: live }], ['city-dark', DESK, 'theme=dark&zoom=12.2', { act: live }],
  ['streets-light', DESK, `theme=light&zoom=15&${OLD_TOWN}`, { act: live }], ['streets-dark', DESK, `theme=dark&zoom=15&${OLD_TOWN}`, { act: live }],
  ['close-light', DESK, `theme=light&zoom=17&${OLD_TOWN}`, { act: live }], ['region-light', DESK, 'theme=light&zoom=7', { act: live }],
  ['world-light', DESK, 'theme=light&zoom=2.2&lat=10&lon=0', { act: live }], ['world-dark', DESK, 'theme=dark&zoom=2.2&lat=10&lon=0', { act: live }],
  ['phone-light', PHONE, 'theme=light&zoom=12.6', { act: live }], ['phone-dark', PHONE, 'theme=dark&zoom=13.6', { act: live }],
  ['symbols-light', { viewport: { width: 900, height: 560 }, deviceScaleFactor: 2 }, 'theme=light&zoom=15.4&lat=-34.9012&lon=-56.17', symbols],
  ['symbols-dark', { viewport: { width: 900, height: 560 }, deviceScaleFactor: 2 }, 'theme=dark&zoom=15.4&lat=-34.9012&lon=-56.17', symbols],
  ['counts-light', DESK, 'theme=light&zoom=11', { act: counts }], ['counts-dark', DESK, 'theme=dark&zoom=11', { act: counts }],
  ['replay-light', DESK, 'theme=light&zoom=12.6', { act: replay }], ['replay-dark', DESK, 'theme=dark&zoom=12.6', { act: replay }],
  ['nearest-light', DESK, 'theme=light&zoom=12.4&lat=-34.89&lon=-56.16', { act: nearest }],
  ['svg-light', DESK, 'theme=light&zoom=12.4', { plain: true }],
];

const gpu = await launch();
const plain = await launch(false);
for (const [name, options, query, { units, act, plain: withoutGpu }] of shots) {
  if (only.length > 0 && !only.includes(name)) continue;
  const server = new HarnessServer();
  const base = await server.start();
  const block = units ? blockOf(units) : fleet().block();
  server.onWatch = ([watch]) => server.send('units', watch, 1, Date.now(), [block]);
  const page = await openMap(withoutGpu ? plain : gpu, `${base}/?${query}`, options);
  if (act) {
    await act(page, server);
    await settled(page);
    await drawn(page);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  } else await page.waitForFunction(() => document.querySelector('.fc-road') && document.querySelector('[data-unit]'), null, { timeout: 20_000 });
  await page.screenshot({ path: path.join(out, `${name}.png`) });
  const odd = [...page.said.filter((line) => !line.includes('GPU stall')), ...await page.evaluate(() => window.violations)];
  console.log(name, odd.length > 0 ? odd : 'ok');
  await page.close();
  await server.stop();
}
await gpu.close();
await plain.close();
