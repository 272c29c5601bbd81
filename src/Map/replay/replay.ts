// The past of a whole fleet on one clock. Segments between fixes go to the same GPU layer as the live picture: only what enters
// another segment is written again, however fast the clock runs.
import { mercatorX, mercatorY, UnitStore } from '../live/store.js';
import { NOT_REPORTED } from '../live/frames.js';
import { SPEED_LIMITS_KMH } from '../units/appearance.js';
import type { UnitView } from '../units/instances.js';
import type { ReplayCurves, Track } from '../types.js';
import { countMoving, topSpeeds } from './curves.js';
import { ReplayError, type Chunk, type UnitFixes } from './format.js';

/** Longer without a fix, and the unit stands where it was last seen instead of gliding through walls. */
export const LONGEST_SEGMENT_MS = 5 * 60_000;
/** Moving, for the shape, begins here. */
export const MOVING_CMPS = 70;
/** About 500 MB of columns in a browser; the console asks for less. */
export const MAX_FIXES = 10_000_000;

interface Column extends UnitFixes {
  slot: number;
  /** Index of the fix the unit is at or after; −1 before its first. */
  cursor: number;
}

export class Replay implements UnitView {
  readonly store = new UnitStore();
  fromUnixMs = Infinity;
  toUnixMs = -Infinity;
  selected: number | null = null;
  fixes = 0;
  /** The first thing that there is to see; NaN before it came. */
  firstUnixMs = NaN;
  /** Everything before this has come. The newest hour may still come in parts. */
  loadedToUnixMs = -Infinity;
  /** What the console's filter says of a unit at the replay's time. */
  hides: (unit: number, kind: number, motion: number) => boolean = () => false;
  private readonly columns = new Map<number, Column>();
  private bySlot: Column[] = [];
  private unixMs = NaN;

  /** Chunks come in the order of time. */
  append(chunk: Chunk): void {
    this.fixes += chunk.units.reduce((sum, u) => sum + u.unixMs.length, 0);
    if (this.fixes > MAX_FIXES) throw new ReplayError('replay.too-large', `more than ${MAX_FIXES} fixes`);
    this.fromUnixMs = Math.min(this.fromUnixMs, chunk.fromUnixMs);
    this.toUnixMs = Math.max(this.toUnixMs, chunk.toUnixMs);
    this.loadedToUnixMs = chunk.fromUnixMs;
    for (const part of chunk.units) {
      if (part.unixMs.length > 0 && !(this.firstUnixMs <= part.unixMs[0])) this.firstUnixMs = part.unixMs[0];
      const column = this.columns.get(part.unit);
      if (column) join(column, part);
      else this.addColumn(part);
    }
    if (!Number.isNaN(this.unixMs)) this.seek(this.unixMs, true);
  }

  units(): number[] {
    return [...this.columns.keys()].sort((a, b) => a - b);
  }

  /** Brings every unit to the segment that holds `unixMs`. */
  seek(unixMs: number, all = false): void {
    this.unixMs = unixMs;
    for (const column of this.bySlot) {
      const at = indexAt(column.unixMs, unixMs, column.cursor);
      if (at === column.cursor && !all) continue;
      column.cursor = at;
      this.place(column);
    }
  }

  /** Nothing more will come: the last hour is whole. */
  finish(): void {
    this.loadedToUnixMs = this.toUnixMs;
  }

  isHidden(store: UnitStore, slot: number): boolean {
    return this.bySlot[slot].cursor < 0 || this.hides(store.unit[slot], store.kind[slot], store.motion[slot]);
  }

  /** Whether the unit had been seen by then. */
  isThere(slot: number): boolean {
    return this.bySlot[slot].cursor >= 0;
  }

  /** What a chart shows of a span, in that many steps of time: how many units moved, and the speeds of some. */
  curves(units: readonly number[], fromUnixMs: number, toUnixMs: number, steps: number): ReplayCurves {
    const span = { fromUnixMs, toUnixMs, steps };
    return {
      moving: countMoving(this.bySlot, span),
      units: units.flatMap((unit) => {
        const column = this.columns.get(unit);
        return column ? [{ unit, speedCmps: topSpeeds(column, span) }] : [];
      }),
    };
  }

  /** One unit's whole way, to be drawn and clicked on. */
  trackOf(unit: number): Track | null {
    const column = this.columns.get(unit);
    if (!column) return null;
    return {
      unit, unixMs: [...column.unixMs], latitudeE7: [...column.latitudeE7], longitudeE7: [...column.longitudeE7],
      speedCmps: [...column.speedCmps].map((v) => (v === NOT_REPORTED ? null : v)), stops: [],
    };
  }

  private addColumn(part: UnitFixes): void {
    const slot = this.store.ensure(part.unit);
    const column: Column = { ...part, slot, cursor: -2 };
    this.store.kind[slot] = part.kind;
    this.store.accuracyDm[slot] = this.store.batteryPermille[slot] = this.store.headingCdeg[slot] = NOT_REPORTED;
    this.columns.set(part.unit, column);
    this.bySlot[slot] = column;
  }

  private place(column: Column): void {
    const { store } = this;
    const { slot } = column;
    const at = Math.max(0, column.cursor);
    const next = column.cursor < 0 || at + 1 >= column.unixMs.length ? at : at + 1;
    const duration = column.unixMs[next] - column.unixMs[at];
    const joined = next !== at && duration <= LONGEST_SEGMENT_MS;
    const to = joined ? next : at;
    store.latitudeE7[slot] = column.latitudeE7[at];
    store.longitudeE7[slot] = column.longitudeE7[at];
    store.fromX[slot] = mercatorX(column.longitudeE7[at]);
    store.fromY[slot] = mercatorY(column.latitudeE7[at]);
    store.toX[slot] = mercatorX(column.longitudeE7[to]);
    store.toY[slot] = mercatorY(column.latitudeE7[to]);
    store.glideStartMs[slot] = column.unixMs[at];
    store.glideMs[slot] = joined ? duration : 0;
    store.fixedUnixMs[slot] = store.heardUnixMs[slot] = column.unixMs[at];
    store.speedCmps[slot] = column.speedCmps[at];
    store.headingFromCdeg[slot] = store.headingCdeg[slot];
    this.turn(slot, column.speedCmps[at]);
    store.touch(slot);
  }

  private turn(slot: number, speedCmps: number): void {
    const { store } = this;
    const dx = store.toX[slot] - store.fromX[slot];
    const dy = store.toY[slot] - store.fromY[slot];
    // About 2 m of way at least: a heading out of noise is none.
    const moved = Math.abs(dx) + Math.abs(dy) > 5e-8;
    if (moved) {
      const degrees = (Math.atan2(dx, -dy) * 180) / Math.PI;
      store.headingCdeg[slot] = Math.round(((degrees + 360) % 360) * 100) % 36000;
    }
    store.motion[slot] = moved && (speedCmps === NOT_REPORTED || speedCmps >= MOVING_CMPS) ? 1 : 3;
    store.availability[slot] = speedClassOf(speedCmps);
  }
}

/** 0 slow … 4 fast, as the colours of a track; 5 where no speed was reported. */
export function speedClassOf(speedCmps: number | null): number {
  if (speedCmps === null || speedCmps === NOT_REPORTED) return 5;
  const kmh = speedCmps * 0.036;
  const index = SPEED_LIMITS_KMH.findIndex((limit) => kmh < limit);
  return index < 0 ? SPEED_LIMITS_KMH.length : index;
}

/** The last index whose time is not after `unixMs`, −1 if there is none; looks near the hint first. */
export function indexAt(times: Float64Array, unixMs: number, hint: number): number {
  let low = -1;
  let high = times.length;
  if (hint >= 0 && hint < times.length && times[hint] <= unixMs) {
    if (hint + 1 >= times.length || times[hint + 1] > unixMs) return hint;
    low = hint + 1;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= unixMs) low = middle;
    else high = middle;
  }
  return low;
}

function join(column: Column, part: UnitFixes): void {
  const last = column.unixMs[column.unixMs.length - 1];
  if (part.unixMs.length > 0 && part.unixMs[0] < last) throw new ReplayError('replay.order', `unit ${part.unit} goes back in time`);
  const joined = <T extends Float64Array | Int32Array | Uint16Array>(a: T, b: T, out: T): T => {
    out.set(a);
    out.set(b, a.length);
    return out;
  };
  const length = column.unixMs.length + part.unixMs.length;
  column.unixMs = joined(column.unixMs, part.unixMs, new Float64Array(length));
  column.latitudeE7 = joined(column.latitudeE7, part.latitudeE7, new Int32Array(length));
  column.longitudeE7 = joined(column.longitudeE7, part.longitudeE7, new Int32Array(length));
  column.speedCmps = joined(column.speedCmps, part.speedCmps, new Uint16Array(length));
}
