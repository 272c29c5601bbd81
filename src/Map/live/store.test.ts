import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blockOf } from '../testing/blocks.js';
import { CHANGES, mercatorX, mercatorY, SNAPSHOT, UnitStore } from './store.js';

const golden = (name: string) => new Uint8Array(fs.readFileSync(fileURLToPath(new URL(`../../../tests/golden/live/${name}.bin`, import.meta.url))));
const BASE = 1_795_370_000_123;

const unitsOf = (store: UnitStore) => [...store.unit.slice(0, store.count)].sort((a, b) => a - b);

describe('UnitStore', () => {
  it('Given_a_golden_snapshot_Then_every_column_has_its_value', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [golden('block-two-units')], 0);
    const slot = store.slotOf(7);
    expect(store.count).toBe(2);
    expect(store.latitudeE7[slot]).toBe(-349011234);
    expect(store.longitudeE7[slot]).toBe(-561645678);
    expect(store.fixedUnixMs[slot]).toBe(BASE - 1500);
    expect(store.heardUnixMs[slot]).toBe(BASE - 900);
    expect([store.speedCmps[slot], store.headingCdeg[slot], store.accuracyDm[slot], store.batteryPermille[slot]]).toEqual([1389, 27050, 45, 815]);
    expect([store.kind[slot], store.availability[slot], store.motion[slot], store.flags[slot]]).toEqual([0, 2, 1, 0]);
    expect(store.flags[store.slotOf(4_000_000_001)]).toBe(3);
  });

  it('Given_a_unit_that_changed_tiles_in_one_message_Then_it_stays', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1 }, { unit: 2 }])], 0);
    store.apply(CHANGES, BASE, [blockOf([{ unit: 1, lat: 1 }]), blockOf([], [1])], 0);
    expect(unitsOf(store)).toEqual([1, 2]);
    expect(store.latitudeE7[store.slotOf(1)]).toBe(10_000_000);
  });

  it('Given_a_snapshot_Then_what_is_not_in_it_is_gone_and_changes_keep_the_rest', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1 }, { unit: 2 }, { unit: 3 }])], 0);
    store.apply(CHANGES, BASE, [blockOf([{ unit: 4 }], [2])], 0);
    expect(unitsOf(store)).toEqual([1, 3, 4]);
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 3 }, { unit: 5 }])], 0);
    expect(unitsOf(store)).toEqual([3, 5]);
    expect(store.slotOf(1)).toBe(-1);
    expect(store.unit[store.slotOf(5)]).toBe(5);
  });

  it('Given_random_comings_and_goings_Then_slots_and_numbers_agree_with_a_plain_map', () => {
    const store = new UnitStore();
    const plain = new Map<number, number>();
    let seed = 12345;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let round = 0; round < 300; round++) {
      const units = Array.from({ length: random(40) }, () => ({ unit: random(3000), lat: random(80) }));
      const gone = Array.from({ length: random(30) }, () => random(3000));
      const mode = random(50) === 0 ? SNAPSHOT : CHANGES;
      store.apply(mode, BASE, [blockOf(units, gone)], round);
      if (mode === SNAPSHOT) plain.clear();
      gone.forEach((unit) => plain.delete(unit));
      units.forEach((u) => plain.set(u.unit, u.lat * 1e7));
      expect(store.count).toBe(plain.size);
    }
    expect(store.count).toBeGreaterThan(100);
    for (const [unit, latitude] of plain) expect(store.latitudeE7[store.slotOf(unit)], `unit ${unit}, seed 12345`).toBe(latitude);
  });

  it('Given_a_new_fix_a_second_later_Then_the_unit_glides_from_where_it_is_drawn', () => {
    const store = new UnitStore();
    const out: [number, number] = [0, 0];
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1, lon: 0, fixedMs: 0 }])], 1000);
    store.apply(CHANGES, BASE, [blockOf([{ unit: 1, lon: 0.001, fixedMs: 1000 }])], 2000);
    store.drawnAt(0, 2500, out);
    expect((out[0] - 0.5) * 360).toBeCloseTo(0.0005, 9);
    store.apply(CHANGES, BASE, [blockOf([{ unit: 1, lon: 0.002, fixedMs: 2000 }])], 2500);
    store.drawnAt(0, 2500, out);
    expect((out[0] - 0.5) * 360).toBeCloseTo(0.0005, 9);
    store.drawnAt(0, 9000, out);
    expect((out[0] - 0.5) * 360).toBeCloseTo(0.002, 9);
  });

  it('Given_a_unit_that_changed_tiles_Then_it_goes_on_gliding', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1, lon: 0 }])], 0);
    store.apply(CHANGES, BASE, [blockOf([], [1]), blockOf([{ unit: 1, lon: 0.001, fixedMs: 1000 }])], 1000);
    expect(store.glideMs[store.slotOf(1)]).toBe(1000);
    expect(store.fromX[store.slotOf(1)]).toBe(0.5);
  });

  it('Given_a_fix_after_minutes_or_far_away_Then_the_unit_is_there_at_once', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1 }, { unit: 2 }])], 0);
    store.apply(CHANGES, BASE, [blockOf([{ unit: 1, lon: 0.001, fixedMs: 61_000 }, { unit: 2, lon: 1, fixedMs: 1000 }])], 1);
    expect([...store.glideMs.slice(0, 2)]).toEqual([0, 0]);
  });

  it('Given_a_damaged_message_Then_nothing_of_it_is_taken', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 1 }])], 0);
    expect(() => store.apply(SNAPSHOT, BASE, [blockOf([{ unit: 2 }]), new Uint8Array(9)], 0)).toThrow('frame.length');
    expect(unitsOf(store)).toEqual([1]);
  });

  it('Given_changes_Then_the_dirty_range_covers_exactly_them', () => {
    const store = new UnitStore();
    store.apply(SNAPSHOT, BASE, [blockOf([1, 2, 3, 4, 5].map((unit) => ({ unit })))], 0);
    store.takeDirty();
    store.apply(CHANGES, BASE, [blockOf([{ unit: 4, lat: 1 }, { unit: 2, lat: 1 }])], 0);
    expect([store.dirtyFrom, store.dirtyTo]).toEqual([1, 4]);
  });
});

describe('Web Mercator', () => {
  it('Given_known_places_Then_x_and_y_are_the_standard_ones', () => {
    expect(mercatorX(0)).toBe(0.5);
    expect(mercatorY(0)).toBeCloseTo(0.5, 12);
    expect(mercatorX(-1_800_000_000)).toBe(0);
    expect(mercatorY(850_511_287)).toBeCloseTo(0, 8);
    expect(mercatorY(-349_011_234)).toBeCloseTo(0.6035670763857726, 12);
  });
});
