// The built map in a real browser, fed with real frames over a real connection, under the product's Content-Security-Policy.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawn, launch, openMap, settled } from './browser.mjs';
import { Fleet } from './fleet.mjs';
import { countNear, decodePng } from './png.mjs';
import { blockOf, cellsOf, replayOf } from './scenes.mjs';
import { HarnessServer, ROOT } from './server.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CENTER = { lat: -34.9, lon: -56.17 };
const HERE = `lat=${CENTER.lat}&lon=${CENTER.lon}`;

describe('the map in a browser', () => {
  let browser;
  let server;
  let base;
  let page;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = new HarnessServer();
    base = await server.start();
  });
  afterEach(async () => {
    const broken = page ? await page.evaluate(() => window.violations) : [];
    await page?.close();
    page = undefined;
    await server.stop();
    expect(broken).toEqual([]);
  });

  const snapshot = (...units) => (server.onWatch = ([watch]) => server.send('units', watch, 1, Date.now(), [blockOf(units)]));
  const change = (units, gone = []) => server.send('units', server.watch, 2, Date.now(), [blockOf(units, gone)]);
  const known = () => page.evaluate(() => window.handle.printable().unit);
  const until = (condition, argument) => page.waitForFunction(condition, argument, { timeout: 60_000 });
  const calls = (name) => page.evaluate((wanted) => window.calls.filter((c) => c[0] === wanted).map((c) => c[1]), name);
  const pixels = async () => decodePng(await page.screenshot());
  const at = (lat, lon) => page.evaluate(([y, x]) => window.inspected().engine.map.project([x, y]), [lat, lon]);
  const open = async (query = '', options = {}) => {
    page = await openMap(browser, `${base}/?${query}&zoom=14&${HERE}`, options);
    await settled(page);
  };

  it('Given_frames_Then_the_store_holds_exactly_them_and_answers_to_old_watches_change_nothing', async () => {
    snapshot({ unit: 1, ...CENTER, accuracyDm: 45, speedCmps: 1389 }, { unit: 2, lat: -34.901, lon: -56.171 }, { unit: 3, lat: -34.902, lon: -56.172 });
    await open();
    await until(() => window.inspected().session.store.count === 3);
    expect(server.watches[0][1]).toBeLessThan(-349_000_000);
    server.send('units', server.watch - 1, 1, Date.now(), [blockOf([{ unit: 99, ...CENTER }])]);
    change([{ unit: 4, lat: -34.903, lon: -56.173 }], [2]);
    await until(() => window.inspected().session.store.slotOf(4) >= 0);
    expect(await known()).toEqual([1, 3, 4]);
    const rows = await page.evaluate(() => {
      window.handle.watchRows([1, 77]);
      return window.handle.rowsNow();
    });
    expect([rows.unit, rows.latitudeE7, rows.accuracyDm, rows.speedCmps, rows.headingCdeg]).toEqual([[1], [-349000000], [45], [1389], [null]]);
    expect((await calls('OnRows')).at(-1).unit).toEqual([1]);
  });

  it('Given_units_of_every_state_Then_their_pixels_have_their_colours', async () => {
    const lons = [-56.176, -56.174, -56.172, -56.168, -56.166];
    snapshot({ unit: 1, lat: -34.9, lon: lons[0], availability: 1 }, { unit: 2, lat: -34.9, lon: lons[1], availability: 2 },
      { unit: 3, lat: -34.9, lon: lons[2], availability: 1, fixedMs: -200_000 }, { unit: 4, lat: -34.9, lon: lons[3], flags: 2 }, { unit: 5, lat: -34.9, lon: lons[4], availability: 3 });
    await open();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await until(() => window.inspected().session.store.count === 5);
    await page.evaluate(() => window.handle.setHidden([5]));
    await drawn(page);
    const image = await pixels();
    const colours = ['#00875f', '#0b63b0', '#fbfcfd', '#e4002b'];
    for (const [i, hex] of colours.entries()) {
      const { x, y } = await at(-34.9, lons[i]);
      expect(countNear(image, x, y, 8, hex), `unit ${i + 1} ${hex}`).toBeGreaterThan(40);
    }
    const stale = await at(-34.9, lons[2]);
    expect(countNear(image, stale.x, stale.y, 10, '#00875f'), 'a stale unit has lost its colour').toBe(0);
    const hidden = await at(-34.9, lons[4]);
    expect(countNear(image, hidden.x, hidden.y, 10, '#8a4f9e'), 'a hidden unit').toBe(0);
  });

  it('Given_a_moving_unit_Then_it_is_drawn_between_its_fixes', async () => {
    const from = -56.176;
    const to = -56.164;
    snapshot({ unit: 1, lat: -34.9, lon: from, availability: 2, fixedMs: -1000 });
    await open();
    await until(() => window.inspected().session.store.count === 1);
    change([{ unit: 1, lat: -34.9, lon: to, availability: 2, fixedMs: 1000 }]);
    await until(() => window.inspected().session.store.toX[0] > 0.34398);
    // The clock of glides is stopped at a quarter, and at the end: what the GPU draws is looked at there.
    for (const part of [0.25, 1]) {
      await page.evaluate((p) => {
        const { session, engine } = window.inspected();
        const now = session.store.glideStartMs[0] + session.store.glideMs[0] * p;
        engine.live.nowMs = () => now;
      }, part);
      await drawn(page);
      const image = await pixels();
      const here = await at(-34.9, from + (to - from) * part);
      const there = await at(-34.9, from + (to - from) * (1 - part));
      expect(countNear(image, here.x, here.y, 8, '#0b63b0'), `at ${part}`).toBeGreaterThan(40);
      expect(countNear(image, there.x, there.y, 8, '#0b63b0'), `not at ${1 - part}`).toBe(0);
    }
  });

  it('Given_clicks_Then_units_are_picked_and_those_on_one_spot_come_as_a_list', async () => {
    snapshot({ unit: 11, ...CENTER }, { unit: 12, lat: -34.90001, lon: -56.17001 }, { unit: 13, lat: -34.905, lon: -56.165 });
    await open();
    await until(() => window.inspected().session.store.count === 3);
    const spot = await at(CENTER.lat, CENTER.lon);
    await page.mouse.click(spot.x, spot.y);
    await until(() => window.calls.some((c) => c[0] === 'OnPick'));
    expect((await calls('OnPick')).at(-1).units).toEqual([11, 12]);
    const alone = await at(-34.905, -56.165);
    await page.mouse.click(alone.x, alone.y, { button: 'right' });
    await until(() => window.calls.some((c) => c[0] === 'OnContext'));
    expect((await calls('OnContext')).at(-1).unit).toBe(13);
    await page.mouse.click(alone.x + 60, alone.y + 60);
    await until(() => window.calls.filter((c) => c[0] === 'OnPick').length === 2);
    expect((await calls('OnPick')).at(-1).units).toEqual([]);
  });

  it('Given_the_keyboard_Then_the_map_moves_and_picks_what_is_in_the_middle', async () => {
    snapshot({ unit: 21, ...CENTER });
    await open();
    await until(() => window.inspected().session.store.count === 1);
    await page.locator('.maplibregl-canvas').focus();
    await page.keyboard.press('Enter');
    await until(() => window.calls.some((c) => c[0] === 'OnPick'));
    expect((await calls('OnPick')).at(-1).units).toEqual([21]);
    const before = await page.evaluate(() => window.inspected().engine.map.getCenter().lng);
    await page.keyboard.press('ArrowRight');
    await until((lng) => window.inspected().engine.map.getCenter().lng > lng, before);
  });

  it('Given_a_followed_unit_Then_the_view_goes_with_it_until_somebody_drags', async () => {
    snapshot({ unit: 1, ...CENTER, fixedMs: -1000 });
    await open();
    await until(() => window.inspected().session.store.count === 1);
    await page.evaluate(() => window.handle.follow(1));
    expect(await calls('OnFollow')).toEqual([{ unit: 1 }]);
    change([{ unit: 1, lat: -34.9, lon: -56.165, fixedMs: 0 }]);
    await until(() => Math.abs(window.inspected().engine.map.getCenter().lng + 56.165) < 1e-5);
    await page.mouse.move(600, 400);
    await page.mouse.down();
    await page.mouse.move(500, 380, { steps: 5 });
    await page.mouse.up();
    await until(() => window.calls.filter((c) => c[0] === 'OnFollow').length === 2);
    await page.evaluate(() => window.handle.follow(1));
    await page.locator('.maplibregl-canvas').focus();
    await page.keyboard.press('ArrowRight');
    await until(() => window.calls.filter((c) => c[0] === 'OnFollow').length === 4);
    expect((await calls('OnFollow')).map((c) => c.unit)).toEqual([1, null, 1, null]);
  });

  it('Given_another_reader_Then_scale_and_buttons_speak_his_language_and_measures', async () => {
    snapshot({ unit: 1, ...CENTER });
    await open();
    expect(await page.locator('.maplibregl-ctrl-scale').innerText()).toMatch(/ (m|km)$/);
    await page.evaluate(() => window.handle.setReader('de', 'imperial'));
    expect(await page.locator('.maplibregl-ctrl-scale').innerText()).toMatch(/ (ft|mi)$/);
    expect(await page.locator('.maplibregl-ctrl-zoom-in').getAttribute('aria-label')).toBe('Vergrößern');
    expect(await page.locator('.maplibregl-ctrl-group').count()).toBe(1);
    expect(await page.locator('.maplibregl-canvas').getAttribute('aria-label')).toContain('Karte der Einheiten');
  });

  it('Given_a_server_that_dies_Then_the_last_picture_stays_it_is_said_and_it_comes_back', async () => {
    snapshot({ unit: 1, ...CENTER }, { unit: 2, lat: -34.901, lon: -56.171 });
    await open();
    await until(() => window.inspected().session.store.count === 2);
    server.drop(true);
    await until(() => window.calls.some((c) => c[0] === 'OnConnection' && c[1].state === 'reconnecting'));
    expect(await known()).toEqual([1, 2]);
    snapshot({ unit: 2, lat: -34.901, lon: -56.171 }, { unit: 3, lat: -34.902, lon: -56.172 });
    server.refusing = false;
    await until(() => window.inspected().session.store.slotOf(3) >= 0);
    expect(await known()).toEqual([2, 3]);
    expect((await calls('OnConnection')).map((c) => c.state)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  it('Given_counts_Then_numbers_stand_in_circles_and_units_are_gone_until_they_come_again', async () => {
    snapshot({ unit: 1, ...CENTER });
    await open('zoom=11');
    await until(() => window.inspected().session.store.count === 1);
    server.send('counts', server.watch, Date.now(), 9, cellsOf([{ count: 12_345, ...CENTER }, { count: 7, alarms: 1, lat: -34.88, lon: -56.1 }]));
    await until(() => window.inspected().engine.overlays.countOf('fc-counts') === 2);
    await until(() => window.inspected().engine.map.queryRenderedFeatures({ layers: ['fc-count'] }).length === 2);
    expect(await known()).toEqual([]);
    const texts = await page.evaluate(() => window.inspected().engine.map.queryRenderedFeatures({ layers: ['fc-count-text'] }).map((f) => f.properties.text).sort());
    expect(texts).toEqual(['12.3k', '7']);
    expect(await page.evaluate(() => window.inspected().engine.map.queryRenderedFeatures({ layers: ['fc-count-alarm'] }).length)).toBe(1);
    expect(await page.evaluate(() => window.inspected().session.unitCount())).toBe(12_352);
    server.send('units', server.watch, 1, Date.now(), [blockOf([{ unit: 5, ...CENTER }])]);
    await until(() => window.inspected().session.store.count === 1 && window.inspected().engine.overlays.countOf('fc-counts') === 0);
  });

  it('Given_a_filter_Then_the_server_is_asked_with_it_and_the_map_hides_the_others', async () => {
    snapshot({ unit: 1, ...CENTER, availability: 1 }, { unit: 2, lat: -34.9, lon: -56.168, availability: 2 });
    await open();
    await until(() => window.inspected().session.store.count === 2);
    await page.evaluate(() => window.handle.setFilter({ kinds: 0, availabilities: 1 << 2, motions: 0, text: 'van' }));
    await until(() => window.inspected().session.isHidden(window.inspected().session.store, window.inspected().session.store.slotOf(1)));
    await expect.poll(() => server.watches.at(-1)[6], { timeout: 60_000 }).toEqual([0, 4, 0, 'van']);
    await drawn(page);
    const image = await pixels();
    const [shown, hidden] = [await at(-34.9, -56.168), await at(CENTER.lat, CENTER.lon)];
    expect(countNear(image, shown.x, shown.y, 8, '#0b63b0')).toBeGreaterThan(40);
    expect(countNear(image, hidden.x, hidden.y, 10, '#00875f')).toBe(0);
  });

  it('Given_a_replay_Then_units_stand_where_they_were_and_a_click_on_the_path_seeks', async () => {
    const from = 1_795_370_400_000;
    const fixes = Array.from({ length: 61 }, (_, i) => [from + i * 10_000, -34.9, -56.18 + i * 0.0003, 1000]);
    server.bodies.set('/replay', replayOf(from, from + 600_000, [{ unit: 7, fixes }, { unit: 8, fixes: [[from + 300_000, -34.905, -56.17, 0]] }]));
    await open();
    const loaded = await page.evaluate(() => window.handle.replay.load('/replay'));
    expect(loaded).toEqual({ fromUnixMs: from, toUnixMs: from + 600_000, units: [7, 8] });
    await page.evaluate((t) => {
      window.handle.select(7);
      window.handle.replay.seek(t);
    }, from + 305_000);
    expect((await calls('OnReplay')).at(-1).unixMs).toBe(from + 305_000);
    await settled(page);
    await drawn(page);
    const unit = await at(-34.9, -56.18 + 30.5 * 0.0003);
    expect(countNear(await pixels(), unit.x, unit.y, 9, '#1f8f8a', 20), 'its speed is the second class').toBeGreaterThan(20);
    const place = await at(-34.9, -56.18 + 40 * 0.0003);
    await page.mouse.click(place.x, place.y + 3);
    await expect.poll(async () => Math.abs((await calls('OnReplay')).at(-1).unixMs - (from + 400_000)) < 4000, { timeout: 60_000 }).toBe(true);
    await page.evaluate(() => window.handle.replay.play(60));
    await until(([t]) => window.calls.some((c) => c[0] === 'OnReplay' && c[1].unixMs === t && !c[1].playing), [from + 600_000]);
  });

  it('Given_a_replay_of_several_Then_rows_paths_filter_and_chart_are_of_its_moment_until_it_is_closed', async () => {
    const from = 1_795_370_400_000;
    const drive = (lat) => Array.from({ length: 61 }, (_, i) => [from + i * 10_000, lat, -56.18 + i * 0.0003, 1000]);
    server.bodies.set('/replay', replayOf(from, from + 600_000, [{ unit: 7, fixes: drive(-34.9) }, { unit: 8, fixes: drive(-34.905).slice(30) }]));
    snapshot({ unit: 8, ...CENTER, availability: 2, speedCmps: 300 });
    await open();
    await until(() => window.inspected().session.store.count === 1);
    await page.evaluate(() => window.handle.replay.load('/replay'));
    const then = await page.evaluate((t) => {
      window.handle.watchRows([7, 8]);
      window.handle.replay.seek(t);
      return window.handle.rowsNow();
    }, from + 100_000);
    expect([then.isPast, then.serverUnixMs, then.unit, then.speedCmps, then.availability, then.batteryPermille])
      .toEqual([true, from + 100_000, [7], [1000], [0], [null]]);
    expect((await calls('OnRows')).at(-1)).toEqual(then);
    const state = await page.evaluate((t) => {
      const { engine } = window.inspected();
      window.handle.replay.pin([8, 7]);
      window.handle.setHidden([7]);
      const { replay } = engine.stage.player;
      return {
        lines: engine.overlays.features['fc-track'].map((f) => f.properties.own), hidden: replay.isHidden(replay.store, replay.store.slotOf(7)),
        curves: window.handle.replay.curves([8], t, t + 600_000, 2),
      };
    }, from);
    expect(state).toEqual({ lines: [0, 1], hidden: true, curves: { moving: [1, 2], units: [{ unit: 8, speedCmps: [null, 1000] }] } });
    const now = await page.evaluate(() => {
      window.handle.replay.close();
      return [window.handle.rowsNow(), window.inspected().engine.overlays.countOf('fc-track'), window.handle.replay.curves([8], 0, 1, 2)];
    });
    expect([now[0].isPast, now[0].unit, now[0].speedCmps, now[0].availability, now[1], now[2]]).toEqual([false, [8], [300], [2], 0, { moving: [], units: [] }]);
  });

  it('Given_a_damaged_frame_Then_it_is_told_and_the_picture_is_asked_for_again', async () => {
    snapshot({ unit: 1, ...CENTER });
    await open();
    await until(() => window.inspected().session.store.count === 1);
    const before = server.watches.length;
    server.send('units', server.watch, 2, Date.now(), [new Uint8Array(9)]);
    await until(() => window.calls.some((c) => c[0] === 'OnMapError' && c[1].code === 'frame.length'));
    await expect.poll(() => server.watches.length, { timeout: 60_000 }).toBeGreaterThan(before);
  });

  it('Given_the_page_Then_axe_finds_nothing_serious_and_attribution_names_the_sources', async () => {
    snapshot({ unit: 1, ...CENTER });
    await open();
    const text = await page.locator('.maplibregl-ctrl-attrib').innerText();
    for (const source of ['OpenStreetMap', 'GeoNames', 'Natural Earth']) expect(text).toContain(source);
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document.getElementById('map')));
    expect(found.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id)).toEqual([]);
    expect(page.said.filter((line) => !line.includes('GPU stall'))).toEqual([]);
  });

  it('Given_no_base_map_Then_it_is_told_and_units_are_drawn_all_the_same', async () => {
    snapshot({ unit: 1, ...CENTER });
    server.bodies.set('/basemap/index.json', 'not json');
    page = await openMap(browser, `${base}/?${HERE}&zoom=14`);
    await until(() => window.calls.some((c) => c[0] === 'OnMapError' && c[1].code === 'basemap.missing'));
    await until(() => window.inspected().session.store.count === 1);
    await drawn(page);
    const { x, y } = await at(CENTER.lat, CENTER.lon);
    expect(countNear(await pixels(), x, y, 8, '#00875f')).toBeGreaterThan(40);
  });

  it('Given_five_thousand_moving_units_and_fifty_thousand_counted_Then_the_time_of_an_update_is_printed', async () => {
    const fleet = new Fleet(5000, path.join(ROOT, '.build/web/basemap/roads.bin'));
    for (const u of fleet.units) [u.moves, u.ageMs] = [true, 0];
    server.onWatch = ([watch]) => server.send('units', watch, 1, Date.now(), [fleet.block()]);
    await open('zoom=12');
    await until(() => window.inspected().session.store.count === 5000);
    const measure = async (send, rounds) => {
      await page.evaluate(() => {
        const { session, engine } = window.inspected();
        Object.assign(session.applied, { messages: 0, ms: 0, longestMs: 0 });
        Object.assign(engine.layer, { frames: 0, renderMs: 0 });
      });
      for (let i = 0; i < rounds; i++) {
        send();
        await until((n) => window.inspected().session.applied.messages >= n, i + 1);
        await drawn(page);
      }
      return page.evaluate(() => {
        const { session, engine } = window.inspected();
        const round = (v) => Math.round(v * 100) / 100;
        return { applyMs: round(session.applied.ms / session.applied.messages), longestApplyMs: round(session.applied.longestMs), layerMsAFrame: round(engine.layer.renderMs / engine.layer.frames) };
      });
    };
    const tiles = 16;
    const units = await measure(() => {
      fleet.step(1000);
      const size = Math.ceil(fleet.units.length / tiles);
      server.send('units', server.watch, 2, Date.now(), Array.from({ length: tiles }, (_, i) => fleet.block(fleet.units.slice(i * size, (i + 1) * size))));
    }, 12);
    const cells = Array.from({ length: 1000 }, (_, i) => ({ count: 50, lat: -34.96 + (i % 25) * 0.006, lon: -56.33 + Math.floor(i / 25) * 0.0085 }));
    const counts = await measure(() => server.send('counts', server.watch, Date.now(), 15, cellsOf(cells.map((c) => ({ ...c, count: c.count + Math.round(Math.random()) })))), 8);
    console.log('5,000 units moving at 1 Hz, a message:', JSON.stringify(units));
    console.log('50,000 units in 1,000 cells, a message:', JSON.stringify(counts));
    expect(await page.evaluate(() => window.inspected().session.unitCount())).toBeGreaterThanOrEqual(50_000);
  });
});

describe('the map without WebGL', () => {
  it('Given_no_3D_Then_it_is_told_and_a_small_map_shows_units_and_gives_the_same_picks', async () => {
    const browser = await launch(false);
    const server = new HarnessServer();
    try {
      const base = await server.start();
      server.onWatch = ([watch]) => server.send('units', watch, 1, Date.now(), [blockOf([{ unit: 31, ...CENTER }, { unit: 32, lat: -34.905, lon: -56.165, flags: 2 }])]);
      const page = await openMap(browser, `${base}/?${HERE}&zoom=14`);
      await page.waitForFunction(() => document.querySelectorAll('[data-unit]').length === 2, null, { timeout: 60_000 });
      expect(await page.evaluate(() => window.calls.filter((c) => c[0] === 'OnMapError').map((c) => c[1].code))).toEqual(['webgl.missing']);
      await page.waitForFunction(() => document.querySelector('.fc-road') !== null, null, { timeout: 60_000 });
      expect(await page.locator('.fc-caption').innerText()).toContain('© OpenStreetMap contributors');
      await page.mouse.click(600, 400);
      await page.waitForFunction(() => window.calls.some((c) => c[0] === 'OnPick' && c[1].units[0] === 31), null, { timeout: 60_000 });
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document.getElementById('map')));
      expect(found.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id)).toEqual([]);
      expect(await page.evaluate(() => window.violations)).toEqual([]);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
