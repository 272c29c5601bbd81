import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chunkLength, readChunk, type Chunk } from './format.js';
import { indexAt, Replay, speedClassOf } from './replay.js';

const golden = (name: string) => fs.readFileSync(fileURLToPath(new URL(`../../../tests/golden/replay/${name}`, import.meta.url)));
const bytes = new Uint8Array(golden('three-hours.bin'));
const meaning = JSON.parse(golden('three-hours.json').toString('utf8'));

function chunksOf(all: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < all.length; at += chunkLength(all, at)) chunks.push(readChunk(all.subarray(at, at + chunkLength(all, at))));
  return chunks;
}

describe('the golden replay', () => {
  it('Given_three_chunks_Then_they_mean_what_their_document_says', () => {
    const plain = chunksOf(bytes).map((c) => ({
      ...c,
      units: c.units.map((u) => ({
        unit: u.unit, kind: u.kind, unixMs: [...u.unixMs], latitudeE7: [...u.latitudeE7], longitudeE7: [...u.longitudeE7],
        speedCmps: [...u.speedCmps].map((v) => (v === 0xffff ? null : v)),
      })),
    }));
    expect({ chunks: plain }).toEqual(meaning);
  });

  it('Given_a_chunk_cut_short_or_changed_in_its_counts_Then_it_is_refused', () => {
    const first = bytes.subarray(0, chunkLength(bytes, 0));
    for (let length = 8; length < first.length; length++) expect(() => readChunk(first.slice(0, length)), `${length}`).toThrow('replay.length');
    const fewer = first.slice();
    fewer[36] = 2; // unit 7 has 3 fixes
    expect(() => readChunk(fewer)).toThrow('replay.count');
    const more = first.slice();
    more[36] = 200;
    expect(() => readChunk(more)).toThrow('replay.count');
    expect(() => chunkLength(new Uint8Array(8), 0)).toThrow('replay.not-a-chunk');
    expect(chunkLength(bytes.subarray(0, 7), 0)).toBe(-1);
  });
});

const T = 1_800_000_000_000;
function fleet(...fixes: [unit: number, seconds: number, lon: number, speedCmps?: number][]): Replay {
  const replay = new Replay();
  const units = [...new Set(fixes.map((f) => f[0]))].map((unit) => {
    const own = fixes.filter((f) => f[0] === unit);
    return {
      unit, kind: 0, unixMs: Float64Array.from(own, (f) => T + f[1] * 1000), latitudeE7: new Int32Array(own.length),
      longitudeE7: Int32Array.from(own, (f) => f[2] * 1e7), speedCmps: Uint16Array.from(own, (f) => f[3] ?? 1000),
    };
  });
  replay.append({ fromUnixMs: T, toUnixMs: T + 3_600_000, units });
  return replay;
}

function longitudeOf(replay: Replay, unit: number, seconds: number): number {
  const out: [number, number] = [0, 0];
  replay.seek(T + seconds * 1000);
  replay.store.drawnAt(replay.store.slotOf(unit), T + seconds * 1000, out);
  return (out[0] - 0.5) * 360;
}

describe('Replay', () => {
  it('Given_two_fixes_Then_the_unit_is_between_them_in_time', () => {
    const replay = fleet([1, 0, 0], [1, 10, 0.01]);
    expect(longitudeOf(replay, 1, 0)).toBeCloseTo(0, 9);
    expect(longitudeOf(replay, 1, 2.5)).toBeCloseTo(0.0025, 9);
    expect(longitudeOf(replay, 1, 10)).toBeCloseTo(0.01, 9);
    expect(longitudeOf(replay, 1, 900)).toBeCloseTo(0.01, 9);
  });

  it('Given_a_gap_of_more_than_five_minutes_Then_the_unit_stands_and_its_age_is_told', () => {
    const replay = fleet([1, 0, 0], [1, 301, 0.01]);
    expect(longitudeOf(replay, 1, 200)).toBeCloseTo(0, 9);
    expect(replay.store.fixedUnixMs[0]).toBe(T);
    expect(longitudeOf(replay, 1, 301)).toBeCloseTo(0.01, 9);
  });

  it('Given_a_time_before_its_first_fix_Then_the_unit_is_not_there', () => {
    const replay = fleet([1, 0, 0], [2, 60, 1]);
    replay.seek(T + 59_000);
    expect(replay.isHidden(replay.store, replay.store.slotOf(2))).toBe(true);
    expect(replay.isHidden(replay.store, replay.store.slotOf(1))).toBe(false);
    replay.seek(T + 60_000);
    expect(replay.isHidden(replay.store, replay.store.slotOf(2))).toBe(false);
    replay.seek(T + 1000);
    expect(replay.isHidden(replay.store, replay.store.slotOf(2))).toBe(true);
  });

  it('Given_a_later_chunk_Then_the_unit_goes_on_and_going_back_is_refused', () => {
    const replay = fleet([1, 0, 0], [1, 10, 0.01]);
    replay.seek(T + 15_000);
    const part = { unit: 1, kind: 0, unixMs: Float64Array.of(T + 20_000), latitudeE7: Int32Array.of(0), longitudeE7: Int32Array.of(200_000), speedCmps: Uint16Array.of(5) };
    replay.append({ fromUnixMs: T + 15_000, toUnixMs: T + 30_000, units: [part] });
    expect(longitudeOf(replay, 1, 15)).toBeCloseTo(0.015, 9);
    expect(() => replay.append({ fromUnixMs: T, toUnixMs: T, units: [{ ...part, unixMs: Float64Array.of(T) }] })).toThrow('replay.order');
  });

  it('Given_movement_east_Then_the_heading_is_90_degrees_and_stays_when_it_stops', () => {
    const replay = fleet([1, 0, 0], [1, 10, 0.01], [1, 20, 0.01, 0]);
    replay.seek(T + 1000);
    expect([replay.store.headingCdeg[0], replay.store.motion[0]]).toEqual([9000, 1]);
    replay.seek(T + 12_000);
    expect([replay.store.headingCdeg[0], replay.store.motion[0]]).toEqual([9000, 3]);
  });

  it('Given_any_order_of_seeks_Then_the_picture_is_the_same_as_going_there_at_once', () => {
    const fixes = Array.from({ length: 500 }, (_, i): [number, number, number] => [i % 7, i * 3, i / 1000]);
    const wandering = fleet(...fixes);
    let seed = 99;
    for (let i = 0; i < 200; i++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      const seconds = seed % 1600;
      const fresh = fleet(...fixes);
      for (let unit = 0; unit < 7; unit++) expect(longitudeOf(wandering, unit, seconds), `seed 99, step ${i}`).toBe(longitudeOf(fresh, unit, seconds));
    }
  });

  it('Given_a_hint_Then_the_index_is_what_a_search_finds', () => {
    const times = Float64Array.from([1, 2, 2, 5, 9]);
    for (let t = 0; t < 11; t++) for (let hint = -2; hint < 6; hint++) expect(indexAt(times, t, hint)).toBe([...times].filter((v) => v <= t).length - 1);
  });

  it('Given_a_filter_Then_what_it_hides_is_hidden_in_the_past_too', () => {
    const replay = fleet([1, 0, 0], [2, 0, 1]);
    replay.seek(T + 1000);
    replay.hides = (unit) => unit === 2;
    expect([1, 2].map((unit) => replay.isHidden(replay.store, replay.store.slotOf(unit)))).toEqual([false, true]);
  });

  it('Given_units_that_drive_and_stand_Then_the_chart_has_who_moved_and_how_fast_a_step', () => {
    const replay = fleet([1, 0, 0, 1000], [1, 60, 0.01, 0], [1, 120, 0.01, 500], [1, 170, 0.02, 0xffff], [2, 30, 1, 2000], [2, 900, 1, 300]);
    expect(replay.curves([1, 9], T, T + 240_000, 4)).toEqual({ moving: [2, 0, 1, 0], units: [{ unit: 1, speedCmps: [1000, 0, 500, null] }] });
    // Before and after the span, and over a silence of more than five minutes: nothing.
    expect(replay.curves([2], T - 60_000, T + 60_000, 2)).toEqual({ moving: [0, 2], units: [{ unit: 2, speedCmps: [null, 2000] }] });
    expect(replay.curves([], T + 240_000, T + 840_000, 2)).toEqual({ moving: [0, 0], units: [] });
  });

  it('Given_speeds_Then_their_classes_are_those_of_the_legend', () => {
    expect([0, 138, 139, 694, 695, 1250, 1944, 1945, null, 0xffff].map(speedClassOf)).toEqual([0, 0, 1, 1, 2, 3, 3, 4, 5, 5]);
  });
});
