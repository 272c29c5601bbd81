// Clicking on a track: the time at which the unit was where the pointer is.
import { mercatorX, mercatorY } from '../live/store.js';
import type { Track } from '../types.js';
import { nearMiddle, type ScreenTransform } from '../units/picking.js';

/** The time on the track nearest to the point, if it is within `reachPx`; between two fixes in proportion to the way. */
export function timeAt(track: Track, [a, b, c, d, e, f, middle]: ScreenTransform, x: number, y: number, reachPx: number): number | null {
  let best = reachPx;
  let found: number | null = null;
  let lastX = 0;
  let lastY = 0;
  for (let i = 0; i < track.unixMs.length; i++) {
    const mx = nearMiddle(mercatorX(track.longitudeE7[i]), middle);
    const my = mercatorY(track.latitudeE7[i]);
    const px = a * mx + c * my + e;
    const py = b * mx + d * my + f;
    if (i > 0) {
      const [dx, dy] = [px - lastX, py - lastY];
      const length = dx * dx + dy * dy;
      const part = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - lastX) * dx + (y - lastY) * dy) / length));
      const far = Math.hypot(x - lastX - dx * part, y - lastY - dy * part);
      if (far < best) {
        best = far;
        found = track.unixMs[i - 1] + (track.unixMs[i] - track.unixMs[i - 1]) * part;
      }
    }
    lastX = px;
    lastY = py;
  }
  return found;
}
