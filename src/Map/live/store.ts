// What is known of the units in view: one column a field, one slot a unit. Slots are dense; removing moves the last one into the gap.
import { readBlocks, type RecordSink } from './frames.js';

export const SNAPSHOT = 1;
export const CHANGES = 2;

/** A fix that is this much later than the one before is not drawn as a movement between them. */
const LONGEST_MOVE_MS = 60_000;
/** Longest and shortest time a movement is drawn in: smooth at 1 Hz, never far behind the truth. */
const LONGEST_GLIDE_MS = 2_000;
const SHORTEST_GLIDE_MS = 200;
/** A jump further than this (in Web Mercator, about 3 km at the equator) is shown at once. */
const LONGEST_GLIDE = 8e-5;

const FIRST_CAPACITY = 1024;

export class UnitStore implements RecordSink {
  count = 0;
  unit = new Uint32Array(FIRST_CAPACITY);
  latitudeE7 = new Int32Array(FIRST_CAPACITY);
  longitudeE7 = new Int32Array(FIRST_CAPACITY);
  /** Web Mercator, 0…1 from the north-west: where the unit was drawn when its newest fix came, and where that fix is. */
  fromX = new Float64Array(FIRST_CAPACITY);
  fromY = new Float64Array(FIRST_CAPACITY);
  toX = new Float64Array(FIRST_CAPACITY);
  toY = new Float64Array(FIRST_CAPACITY);
  /** On the store's clock (`nowMs` of `apply`). */
  glideStartMs = new Float64Array(FIRST_CAPACITY);
  glideMs = new Float32Array(FIRST_CAPACITY);
  fixedUnixMs = new Float64Array(FIRST_CAPACITY);
  heardUnixMs = new Float64Array(FIRST_CAPACITY);
  speedCmps = new Uint16Array(FIRST_CAPACITY);
  headingCdeg = new Uint16Array(FIRST_CAPACITY);
  headingFromCdeg = new Uint16Array(FIRST_CAPACITY);
  accuracyDm = new Uint16Array(FIRST_CAPACITY);
  kind = new Uint8Array(FIRST_CAPACITY);
  availability = new Uint8Array(FIRST_CAPACITY);
  motion = new Uint8Array(FIRST_CAPACITY);
  flags = new Uint8Array(FIRST_CAPACITY);
  batteryPermille = new Uint16Array(FIRST_CAPACITY);

  /** Slots whose contents changed since the layer took them; `dirtyTo` is exclusive. */
  dirtyFrom = 0;
  dirtyTo = 0;
  /** Counts up with every change of what is in which slot. */
  membership = 0;

  private readonly slots = new Map<number, number>();
  private readonly left: number[] = [];
  private seen = new Uint32Array(FIRST_CAPACITY);
  private message = 0;
  private baseUnixMs = 0;
  private nowMs = 0;

  /** Applies a `units` message. `nowMs` is the drawing clock (performance.now). Throws FrameError and leaves all as it was if it is damaged. */
  apply(mode: number, baseUnixMs: number, blocks: readonly Uint8Array[], nowMs: number): void {
    this.baseUnixMs = baseUnixMs;
    this.nowMs = nowMs;
    this.message++;
    readBlocks(blocks, this);
    for (const unit of this.left) this.removeIfUnseen(unit);
    this.left.length = 0;
    if (mode === SNAPSHOT) this.removeUnseen();
  }

  slotOf(unit: number): number {
    return this.slots.get(unit) ?? -1;
  }

  clear(): void {
    this.slots.clear();
    this.count = 0;
    this.membership++;
    this.dirtyFrom = this.dirtyTo = 0;
  }

  /** Where a slot is drawn at `nowMs`: x and y in Web Mercator written into `out`. */
  drawnAt(slot: number, nowMs: number, out: [number, number]): void {
    const glide = this.glideMs[slot];
    const part = glide <= 0 ? 1 : Math.min(1, Math.max(0, (nowMs - this.glideStartMs[slot]) / glide));
    out[0] = this.fromX[slot] + (this.toX[slot] - this.fromX[slot]) * part;
    out[1] = this.fromY[slot] + (this.toY[slot] - this.fromY[slot]) * part;
  }

  takeDirty(): void {
    this.dirtyFrom = this.dirtyTo = 0;
  }

  markAllDirty(): void {
    this.dirtyFrom = 0;
    this.dirtyTo = this.count;
  }

  record(view: DataView, at: number): void {
    const unit = view.getUint32(at, true);
    const known = this.slots.get(unit);
    const slot = known ?? this.add(unit);
    this.move(slot, known !== undefined, view, at);
    this.heardUnixMs[slot] = this.baseUnixMs + view.getInt32(at + 16, true);
    this.speedCmps[slot] = view.getUint16(at + 20, true);
    this.accuracyDm[slot] = view.getUint16(at + 24, true);
    this.kind[slot] = view.getUint8(at + 26);
    this.availability[slot] = view.getUint8(at + 27);
    this.motion[slot] = view.getUint8(at + 28);
    this.flags[slot] = view.getUint8(at + 29);
    this.batteryPermille[slot] = view.getUint16(at + 30, true);
    this.seen[slot] = this.message;
    this.touch(slot);
  }

  /** Taken out after the records: a unit that only changed tiles keeps its slot, and goes on gliding. */
  gone(unit: number): void {
    this.left.push(unit);
  }

  /** The slot of a unit that something else than `apply` fills; new ones are empty. */
  ensure(unit: number): number {
    return this.slots.get(unit) ?? this.add(unit);
  }

  /** The slot's contents changed. */
  touch(slot: number): void {
    if (this.dirtyFrom === this.dirtyTo) {
      this.dirtyFrom = slot;
      this.dirtyTo = slot + 1;
      return;
    }
    if (slot < this.dirtyFrom) this.dirtyFrom = slot;
    if (slot >= this.dirtyTo) this.dirtyTo = slot + 1;
  }

  private move(slot: number, known: boolean, view: DataView, at: number): void {
    const latitudeE7 = view.getInt32(at + 4, true);
    const longitudeE7 = view.getInt32(at + 8, true);
    const fixed = this.baseUnixMs + view.getInt32(at + 12, true);
    const heading = view.getUint16(at + 22, true);
    const x = mercatorX(longitudeE7);
    const y = mercatorY(latitudeE7);
    const passed = fixed - this.fixedUnixMs[slot];
    if (!known || passed > LONGEST_MOVE_MS || Math.abs(x - this.toX[slot]) + Math.abs(y - this.toY[slot]) > LONGEST_GLIDE) {
      this.fromX[slot] = x;
      this.fromY[slot] = y;
      this.glideMs[slot] = 0;
      this.headingFromCdeg[slot] = heading;
    } else if (x !== this.toX[slot] || y !== this.toY[slot] || heading !== this.headingCdeg[slot]) {
      this.drawnAt(slot, this.nowMs, scratch);
      this.fromX[slot] = scratch[0];
      this.fromY[slot] = scratch[1];
      this.headingFromCdeg[slot] = this.headingCdeg[slot];
      this.glideStartMs[slot] = this.nowMs;
      this.glideMs[slot] = Math.min(LONGEST_GLIDE_MS, Math.max(SHORTEST_GLIDE_MS, passed));
    }
    this.toX[slot] = x;
    this.toY[slot] = y;
    this.latitudeE7[slot] = latitudeE7;
    this.longitudeE7[slot] = longitudeE7;
    this.fixedUnixMs[slot] = fixed;
    this.headingCdeg[slot] = heading;
  }

  private add(unit: number): number {
    if (this.count === this.unit.length) this.grow();
    const slot = this.count++;
    this.unit[slot] = unit;
    this.slots.set(unit, slot);
    this.membership++;
    return slot;
  }

  private remove(slot: number): void {
    const last = --this.count;
    this.slots.delete(this.unit[slot]);
    this.membership++;
    if (slot === last) return;
    for (const column of this.columns()) column[slot] = column[last];
    this.slots.set(this.unit[slot], slot);
    this.touch(slot);
  }

  private removeIfUnseen(unit: number): void {
    const slot = this.slots.get(unit);
    if (slot !== undefined && this.seen[slot] !== this.message) this.remove(slot);
  }

  private removeUnseen(): void {
    for (let slot = this.count - 1; slot >= 0; slot--) {
      if (this.seen[slot] !== this.message) this.remove(slot);
    }
  }

  private columns() {
    return [
      this.unit, this.latitudeE7, this.longitudeE7, this.fromX, this.fromY, this.toX, this.toY, this.glideStartMs, this.glideMs,
      this.fixedUnixMs, this.heardUnixMs, this.speedCmps, this.headingCdeg, this.headingFromCdeg, this.accuracyDm, this.kind,
      this.availability, this.motion, this.flags, this.batteryPermille, this.seen,
    ];
  }

  private grow(): void {
    const size = this.unit.length * 2;
    this.unit = grown(this.unit, new Uint32Array(size));
    this.latitudeE7 = grown(this.latitudeE7, new Int32Array(size));
    this.longitudeE7 = grown(this.longitudeE7, new Int32Array(size));
    this.fromX = grown(this.fromX, new Float64Array(size));
    this.fromY = grown(this.fromY, new Float64Array(size));
    this.toX = grown(this.toX, new Float64Array(size));
    this.toY = grown(this.toY, new Float64Array(size));
    this.glideStartMs = grown(this.glideStartMs, new Float64Array(size));
    this.glideMs = grown(this.glideMs, new Float32Array(size));
    this.fixedUnixMs = grown(this.fixedUnixMs, new Float64Array(size));
    this.heardUnixMs = grown(this.heardUnixMs, new Float64Array(size));
    this.speedCmps = grown(this.speedCmps, new Uint16Array(size));
    this.headingCdeg = grown(this.headingCdeg, new Uint16Array(size));
    this.headingFromCdeg = grown(this.headingFromCdeg, new Uint16Array(size));
    this.accuracyDm = grown(this.accuracyDm, new Uint16Array(size));
    this.kind = grown(this.kind, new Uint8Array(size));
    this.availability = grown(this.availability, new Uint8Array(size));
    this.motion = grown(this.motion, new Uint8Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.batteryPermille = grown(this.batteryPermille, new Uint16Array(size));
    this.seen = grown(this.seen, new Uint32Array(size));
  }
}

const scratch: [number, number] = [0, 0];

function grown<T extends { set(values: ArrayLike<number>): void }>(old: T & ArrayLike<number>, larger: T): T {
  larger.set(old);
  return larger;
}

/** Web Mercator x, 0 at 180° west, 1 at 180° east. */
export function mercatorX(longitudeE7: number): number {
  return longitudeE7 / 3.6e9 + 0.5;
}

/** Web Mercator y, 0 at about 85° north, 1 at about 85° south. */
export function mercatorY(latitudeE7: number): number {
  const sine = Math.sin((Math.max(-850_511_287, Math.min(850_511_287, latitudeE7)) / 1e7) * (Math.PI / 180));
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}
