import { describe, expect, it } from 'vitest';
import type { Track } from '../types.js';
import type { ScreenTransform } from '../units/picking.js';
import { timeAt } from './trackHit.js';

/** A degree is 1,000 pixels. */
const transform: ScreenTransform = [360_000, 0, 0, 360_000, -180_000, -180_000];
const track: Track = { unit: 1, unixMs: [1000, 2000, 4000], latitudeE7: [0, 0, 0], longitudeE7: [0, 100_000, 300_000], speedCmps: [0, 0, 0], stops: [] };

describe('timeAt', () => {
  it.each([[0, 0, 1000], [5, 3, 1500], [20, -4, 3000], [30, 0, 4000]])('Given_a_click_at_%i_%i_Then_the_time_there_is_%i', (x, y, time) => {
    expect(timeAt(track, transform, x, y, 8)).toBeCloseTo(time, 6);
  });

  it('Given_a_click_beside_the_track_Then_there_is_no_time', () => {
    expect(timeAt(track, transform, 10, 9, 8)).toBeNull();
    expect(timeAt({ ...track, unixMs: [], latitudeE7: [], longitudeE7: [] }, transform, 0, 0, 8)).toBeNull();
  });
});
