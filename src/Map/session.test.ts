import { describe, expect, it } from 'vitest';
import type { Hub } from './live/client.js';
import { Session } from './session.js';
import { blockOf } from './testing/blocks.js';

/** A session over a hub that keeps what was watched; positions in degrees. */
async function watching() {
  const requests: number[][] = [];
  const told: [string, unknown][] = [];
  let emit: (method: string, ...args: unknown[]) => void = () => undefined;
  const hub: Hub = {
    start: () => Promise.resolve(), stop: () => Promise.resolve(), onclose: () => undefined,
    send: (_method, request) => Promise.resolve(void requests.push(request as number[])),
    on: (method, handler) => {
      const before = emit;
      emit = (name, ...args) => (name === method ? (handler as (...a: unknown[]) => void)(...args) : before(name, ...args));
    },
  };
  const session = new Session(() => hub, (name, argument) => void told.push([name, argument]));
  session.client.start();
  await Promise.resolve();
  await Promise.resolve();
  return { session, requests, told, emit: (method: string, ...args: unknown[]) => emit(method, requests.length, ...args) };
}

const box = (west: number, east: number) => ({ south: -35, north: -34, west, east });

describe('Session', () => {
  it('Given_a_view_Then_a_little_more_is_watched_and_small_moves_ask_for_nothing', async () => {
    const { session, requests } = await watching();
    session.show(box(-57, -56), 12);
    expect(requests[0].slice(1, 6)).toEqual([-351500000, -571500000, -338500000, -558500000, 12]);
    session.show(box(-57.1, -56.1), 12.3);
    expect(session['watched']?.zoom).toBe(12);
    session.show(box(-57.3, -56.3), 12.3);
    expect(session['watched']?.zoom).toBe(12.3);
    session.show(box(-57.3, -56.3), 13);
    expect(session['watched']?.zoom).toBe(13);
    session.client.stop();
  });

  it('Given_a_view_across_the_antimeridian_Then_west_is_greater_than_east', async () => {
    const { session, requests } = await watching();
    session.show(box(179, 181), 8);
    expect([requests[0][2], requests[0][4]]).toEqual([1_787_000_000, -1_787_000_000]);
    session.show(box(179.1, 181.1), 8);
    expect(session['watched']?.box.west).toBeCloseTo(178.7, 9);
    session.show(box(178, 180), 8);
    expect(session['watched']?.box.west).toBeCloseTo(177.7, 9);
    session.client.stop();
  });

  it('Given_the_whole_world_Then_all_of_it_is_watched_once', async () => {
    const { session, requests } = await watching();
    session.show({ south: -85, north: 85, west: -400, east: 400 }, 1);
    expect(requests[0].slice(1, 5)).toEqual([-900000000, -1800000000, 900000000, 1800000000]);
    session.show({ south: -85, north: 85, west: -200, east: 300 }, 1);
    expect(session['watched']?.box.west).toBe(-180);
    session.client.stop();
  });

  it('Given_counts_then_units_Then_the_mode_and_the_number_follow', async () => {
    const { session, emit } = await watching();
    session.show(box(-57, -56), 5);
    emit('units', 1, Date.now(), [blockOf([{ unit: 1 }, { unit: 2 }])]);
    expect([session.mode, session.unitCount()]).toEqual(['units', 2]);
    const cells = new Uint8Array(48);
    cells[8] = 200;
    cells[32] = 100;
    emit('counts', Date.now(), 4, cells);
    expect([session.mode, session.unitCount(), session.store.count]).toEqual(['counts', 300, 0]);
    emit('units', 2, Date.now(), []);
    expect(session.mode).toBe('counts');
    emit('units', 1, Date.now(), [blockOf([{ unit: 3 }])]);
    expect([session.mode, session.unitCount()]).toEqual(['units', 1]);
    session.client.stop();
  });

  it('Given_hidden_as_list_or_bitmap_and_a_filter_Then_exactly_those_are_hidden', async () => {
    const { session, emit } = await watching();
    session.show(box(-57, -56), 12);
    emit('units', 1, Date.now(), [blockOf([{ unit: 1 }, { unit: 9 }, { unit: 17 }])]);
    const hidden = () => [1, 9, 17].filter((unit) => session.isHidden(session.store, session.store.slotOf(unit)));
    expect(hidden()).toEqual([]);
    session.setHidden([9]);
    expect(hidden()).toEqual([9]);
    session.setHidden(Uint8Array.of(0b10, 0, 0b10));
    expect(hidden()).toEqual([1, 17]);
    session.setHidden([]);
    session.setFilter({ kinds: 0b010, availabilities: 0, motions: 0, text: null });
    expect(hidden()).toEqual([1, 9, 17]);
    session.setFilter({ kinds: 0b001, availabilities: 0b001, motions: 0b001, text: null });
    expect(hidden()).toEqual([]);
    session.client.stop();
  });

  it('Given_watched_rows_Then_they_come_at_once_and_then_not_more_than_once_a_second', async () => {
    const { session, emit, told } = await watching();
    session.show(box(-57, -56), 12);
    emit('units', 1, Date.now(), [blockOf([{ unit: 1, lat: 1 }, { unit: 2 }])]);
    session.watchRows([2, 1, 5]);
    for (let i = 0; i < 5; i++) emit('units', 2, Date.now(), [blockOf([{ unit: 1, lat: 1 }])]);
    const rows = told.filter(([name]) => name === 'OnRows').map(([, argument]) => argument as { unit: number[]; headingCdeg: (number | null)[] });
    expect(rows).toHaveLength(1);
    expect(rows[0].unit).toEqual([2, 1]);
    expect(rows[0].headingCdeg).toEqual([null, null]);
    expect(session.printable().unit).toEqual([1, 2]);
    session.client.stop();
  });
});
