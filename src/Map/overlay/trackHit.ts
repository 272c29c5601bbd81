// Clicking on a track: the time at which the unit was where the pointer is.
import { mercatorX, mercatorY } from '../live/store.js';
import type { Track } from '../types.js';
import { nearMiddle, type ScreenTransform } from '../units/picking.js';
import { TRACK_GAP_MS } from './geojson.js';

/** The time on the nearest of the tracks, if it is within `reachPx`; between two fixes in proportion to the way. */
export function timeAt(tracks: readonly Track[], transform: ScreenTransform, x: number, y: number, reachPx: number): number | null {
  let found: number | null = null;
  let reach = reachPx;
  for (const track of tracks) {
    const hit = nearestOn(track, transform, x, y, reach);
    if (hit) [found, reach] = [hit.unixMs, hit.farPx];
  }
  return found;
}

function nearestOn(track: Track, [a, b, c, d, e, f, middle]: ScreenTransform, x: number, y: number, reachPx: number) {
  let best = reachPx;
  let found: { unixMs: number; farPx: number } | null = null;
  let lastX = 0;
  let lastY = 0;
  for (let i = 0; i < track.unixMs.length; i++) {
    const mx = nearMiddle(mercatorX(track.longitudeE7[i]), middle);
    const my = mercatorY(track.latitudeE7[i]);
    const px = a * mx + c * my + e;
    const py = b * mx + d * my + f;
    // Over a gap no line is drawn, and none is clicked on.
    if (i > 0 && track.unixMs[i] - track.unixMs[i - 1] <= TRACK_GAP_MS) {
      const [dx, dy] = [px - lastX, py - lastY];
      const length = dx * dx + dy * dy;
      const part = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - lastX) * dx + (y - lastY) * dy) / length));
      const far = Math.hypot(x - lastX - dx * part, y - lastY - dy * part);
      if (far < best) {
        best = far;
        found = { unixMs: track.unixMs[i - 1] + (track.unixMs[i] - track.unixMs[i - 1]) * part, farPx: far };
      }
    }
    lastX = px;
    lastY = py;
  }
  return found;
}
