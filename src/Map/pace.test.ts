import { describe, expect, it } from 'vitest';
import { UnitStore } from './live/store.js';
import { frameMs, LONGEST_MS, SHORTEST_MS } from './pace.js';

/** One unit that glides `metres` in a second at the equator. */
function gliding(metres: number): UnitStore {
  const store = new UnitStore();
  const slot = store.ensure(1);
  store.toX[slot] = metres / 40_075_016.686;
  store.glideMs[slot] = 1000;
  return store;
}

const worldPx = (zoom: number) => 512 * 2 ** zoom;

describe('frameMs', () => {
  it('Given_a_city_seen_from_above_Then_some_frames_a_second_are_enough', () => {
    expect(frameMs(gliding(10), 0, worldPx(12), false)).toBe(LONGEST_MS);
    expect(frameMs(gliding(60), 0, worldPx(12.4), false)).toBeCloseTo(168.9, 0);
  });

  it('Given_a_street_seen_from_near_Then_thirty_and_no_more', () => {
    expect(frameMs(gliding(14), 0, worldPx(16), false)).toBeCloseTo(59.7, 0);
    expect(frameMs(gliding(14), 0, worldPx(19), false)).toBe(SHORTEST_MS);
  });

  it('Given_nothing_that_still_glides_Then_the_longest_time', () => {
    expect(frameMs(gliding(14), 1001, worldPx(19), false)).toBe(LONGEST_MS);
    expect(frameMs(new UnitStore(), 0, worldPx(19), false)).toBe(LONGEST_MS);
  });

  it('Given_an_open_alarm_Then_its_pulse_is_drawn_unless_the_reader_wants_no_motion', () => {
    const store = gliding(0);
    store.flags[0] = 2;
    expect(frameMs(store, 0, worldPx(12), false)).toBeCloseTo(1000 / 15);
    expect(frameMs(store, 0, worldPx(12), true)).toBe(LONGEST_MS);
  });
});
