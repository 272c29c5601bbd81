// Columns of the store → the bytes that the GPU reads, 36 a unit. Positions are relative to an origin near the view, times to an epoch,
// so that 32-bit floats are exact to a fraction of a pixel and of a millisecond.
import { NOT_REPORTED } from '../live/frames.js';
import type { UnitStore } from '../live/store.js';
import { STATE } from './shaders.js';

export const INSTANCE_BYTES = 36;

/** What the console said about units, beside what the server says. */
export interface UnitView {
  selected: number | null;
  isHidden(store: UnitStore, slot: number): boolean;
}

export class InstanceWriter {
  bytes = new ArrayBuffer(0);
  originX = 0.5;
  originY = 0.5;
  /** The drawing clock's and the server clock's zero, ms. */
  epochMs = 0;
  unixEpochMs = 0;
  private floats = new Float32Array(0);
  private shorts = new Uint16Array(0);
  private octets = new Uint8Array(0);

  /** Room for that many units; what was written is lost when it grows, and true is returned. */
  reserve(count: number): boolean {
    if (count * INSTANCE_BYTES <= this.bytes.byteLength) return false;
    this.bytes = new ArrayBuffer(Math.max(1024, 2 ** Math.ceil(Math.log2(count))) * INSTANCE_BYTES);
    this.floats = new Float32Array(this.bytes);
    this.shorts = new Uint16Array(this.bytes);
    this.octets = new Uint8Array(this.bytes);
    return true;
  }

  write(store: UnitStore, from: number, to: number, view: UnitView): void {
    const { floats, shorts, octets, originX, originY } = this;
    const selected = view.selected === null ? -1 : store.slotOf(view.selected);
    for (let slot = from, f = from * 9; slot < to; slot++, f += 9) {
      floats[f] = store.fromX[slot] - originX;
      floats[f + 1] = store.fromY[slot] - originY;
      floats[f + 2] = store.toX[slot] - originX;
      floats[f + 3] = store.toY[slot] - originY;
      floats[f + 4] = (store.glideStartMs[slot] - this.epochMs) / 1000;
      floats[f + 5] = store.glideMs[slot] / 1000;
      floats[f + 6] = (store.fixedUnixMs[slot] - this.unixEpochMs) / 1000;
      const heading = store.headingCdeg[slot];
      const before = store.headingFromCdeg[slot];
      const s = f * 2 + 14;
      shorts[s] = turnOf(before === NOT_REPORTED ? heading : before);
      shorts[s + 1] = turnOf(heading);
      const o = f * 4 + 32;
      octets[o] = store.kind[slot];
      octets[o + 1] = store.availability[slot];
      octets[o + 2] = store.motion[slot];
      octets[o + 3] = (store.flags[slot] & 3) | (slot === selected ? STATE.selected : 0) | (heading === NOT_REPORTED ? 0 : STATE.headed)
        | (slot !== selected && view.isHidden(store, slot) ? STATE.hidden : 0);
    }
  }
}

/** Hundredths of a degree → 1/65536 turns. */
const turnOf = (cdeg: number): number => (cdeg === NOT_REPORTED ? 0 : Math.round((cdeg % 36000) * (65536 / 36000)) & 0xffff);
