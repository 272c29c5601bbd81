// Which units are under a pointer. The view holds at most 6,000: looking at all of them costs less than keeping an index.
import type { UnitStore } from '../live/store.js';
import type { UnitView } from './instances.js';

/** Mouse and finger, CSS pixels beyond the shape's own radius. */
export const REACH_PX = { mouse: 4, touch: 14 } as const;
/** Units closer together than this on the screen stand on one spot for whoever clicks. */
const SAME_SPOT_PX = 7;
/** A list longer than this is no help; the nearest are kept. */
const MAX_PICKED = 200;

/**
 * Web Mercator → CSS pixels: x' = a·x + c·y + e, y' = b·x + d·y + f (a flat map, turned and scaled). `middle` is the x in the view's
 * middle: what is more than half a world from it is drawn on the other side of the antimeridian.
 */
export type ScreenTransform = readonly [a: number, b: number, c: number, d: number, e: number, f: number, middle?: number];

/** x, in the copy of the world that the view shows. */
export function nearMiddle(x: number, middle: number | undefined): number {
  if (middle === undefined) return x;
  return x - Math.round(x - middle);
}

/** The transform of a view: its middle (Web Mercator), zoom, bearing clockwise in degrees, and size. */
export function screenTransform(x: number, y: number, zoom: number, bearingDeg: number, width: number, height: number): ScreenTransform {
  const scale = 512 * 2 ** zoom;
  const cos = Math.cos((bearingDeg * Math.PI) / 180) * scale;
  const sin = Math.sin((bearingDeg * Math.PI) / 180) * scale;
  return [cos, -sin, sin, cos, width / 2 - cos * x - sin * y, height / 2 + sin * x - cos * y, x];
}

/**
 * The unit nearest to the point within `reachPx`, and all that stand on its spot, nearest first; empty where there is none.
 * Hidden units are not there.
 */
export function pick(store: UnitStore, view: UnitView, nowMs: number, transform: ScreenTransform, x: number, y: number, reachPx: number): number[] {
  const [a, b, c, d, e, f, middle] = transform;
  const spot: [number, number] = [0, 0];
  const found: { unit: number; x: number; y: number; far: number }[] = [];
  const reach = reachPx + SAME_SPOT_PX;
  for (let slot = 0; slot < store.count; slot++) {
    store.drawnAt(slot, nowMs, spot);
    spot[0] = nearMiddle(spot[0], middle);
    const px = a * spot[0] + c * spot[1] + e - x;
    const py = b * spot[0] + d * spot[1] + f - y;
    if (Math.abs(px) > reach || Math.abs(py) > reach || (view.isHidden(store, slot) && store.unit[slot] !== view.selected)) continue;
    found.push({ unit: store.unit[slot], x: px, y: py, far: Math.hypot(px, py) });
  }
  found.sort((p, q) => p.far - q.far || p.unit - q.unit);
  const nearest = found[0];
  if (!nearest || nearest.far > reachPx) return [];
  return found.filter((u) => Math.hypot(u.x - nearest.x, u.y - nearest.y) <= SAME_SPOT_PX).slice(0, MAX_PICKED).map((u) => u.unit);
}
