import { describe, expect, it } from 'vitest';
import type { Track } from '../types.js';
import type { ScreenTransform } from '../units/picking.js';
import { timeAt } from './trackHit.js';

/** A degree is 1,000 pixels. */
const transform: ScreenTransform = [360_000, 0, 0, 360_000, -180_000, -180_000];
const track: Track = { unit: 1, unixMs: [1000, 2000, 4000], latitudeE7: [0, 0, 0], longitudeE7: [0, 100_000, 300_000], speedCmps: [0, 0, 0], stops: [] };

describe('timeAt', () => {
  it.each([[0, 0, 1000], [5, 3, 1500], [20, -4, 3000], [30, 0, 4000]])('Given_a_click_at_%i_%i_Then_the_time_there_is_%i', (x, y, time) => {
    expect(timeAt([track], transform, x, y, 8)).toBeCloseTo(time, 6);
  });

  it('Given_a_click_beside_the_track_Then_there_is_no_time', () => {
    expect(timeAt([track], transform, 10, 9, 8)).toBeNull();
    expect(timeAt([{ ...track, unixMs: [], latitudeE7: [], longitudeE7: [] }], transform, 0, 0, 8)).toBeNull();
    expect(timeAt([], transform, 0, 0, 8)).toBeNull();
  });

  it('Given_several_tracks_Then_the_time_is_that_of_the_nearest_whichever_comes_first', () => {
    const other: Track = { ...track, unixMs: [7000, 8000, 9000], latitudeE7: [-100_000, -100_000, -100_000] };
    for (const tracks of [[track, other], [other, track]]) {
      expect(timeAt(tracks, transform, 0, 2, 20)).toBe(1000);
      expect(timeAt(tracks, transform, 0, 7, 20)).toBe(7000);
    }
  });

  it('Given_a_gap_Then_nothing_between_its_ends_is_clicked_on', () => {
    const gap: Track = { ...track, unixMs: [1000, 2000, 302_001] };
    expect(timeAt([gap], transform, 20, 0, 8)).toBeNull();
    expect(timeAt([gap], transform, 5, 0, 8)).toBe(1500);
  });
});
