// The binary parts of `/live/units`, as docs/wire/LIVE.md lays them out. Pure: bytes in, calls of a sink out, nothing allocated per unit.

export const RECORD_BYTES = 32;
export const CELL_BYTES = 24;
export const MAX_CELLS = 4096;

/** u16 columns hold this where nothing was reported. */
export const NOT_REPORTED = 0xffff;

export const FLAG_SIGNAL_LOST = 1;
export const FLAG_OPEN_ALARM = 2;

/** Where decoded records go. `at` is the record's offset in `view`. */
export interface RecordSink {
  record(view: DataView, at: number): void;
  gone(unit: number): void;
}

export class FrameError extends Error {
  constructor(readonly code: string, detail: string) {
    super(`${code}: ${detail}`);
  }
}

/**
 * Reads a message's blocks: the gone lists of all of them first, then the records, since a unit that changed tiles is in both.
 * Every length is checked before anything is handed on: a damaged message changes nothing.
 */
export function readBlocks(blocks: readonly Uint8Array[], sink: RecordSink): void {
  const views = blocks.map(checkedView);
  for (const view of views) {
    const records = view.getUint32(0, true);
    const gone = view.getUint32(4, true);
    for (let i = 0, at = 8 + records * RECORD_BYTES; i < gone; i++, at += 4) sink.gone(view.getUint32(at, true));
  }
  for (const view of views) {
    const records = view.getUint32(0, true);
    for (let i = 0, at = 8; i < records; i++, at += RECORD_BYTES) sink.record(view, at);
  }
}

function checkedView(block: Uint8Array): DataView {
  if (block.byteLength < 8) throw new FrameError('frame.short', `a block of ${block.byteLength} bytes`);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const expected = 8 + view.getUint32(0, true) * RECORD_BYTES + view.getUint32(4, true) * 4;
  if (expected !== block.byteLength) throw new FrameError('frame.length', `a block of ${block.byteLength} bytes that should have ${expected}`);
  return view;
}

/** Counts per cell, in columns. Position is the mean of the units in the cell. */
export interface Cells {
  level: number;
  length: number;
  x: Uint32Array;
  y: Uint32Array;
  count: Uint32Array;
  alarms: Uint32Array;
  latitudeE7: Int32Array;
  longitudeE7: Int32Array;
}

export function readCells(level: number, bytes: Uint8Array): Cells {
  const length = bytes.byteLength / CELL_BYTES;
  if (!Number.isInteger(length)) throw new FrameError('frame.length', `cells of ${bytes.byteLength} bytes`);
  if (length > MAX_CELLS) throw new FrameError('frame.too-many-cells', `${length} cells`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cells: Cells = {
    level, length, x: new Uint32Array(length), y: new Uint32Array(length), count: new Uint32Array(length), alarms: new Uint32Array(length),
    latitudeE7: new Int32Array(length), longitudeE7: new Int32Array(length),
  };
  for (let i = 0, at = 0; i < length; i++, at += CELL_BYTES) {
    cells.x[i] = view.getUint32(at, true);
    cells.y[i] = view.getUint32(at + 4, true);
    cells.count[i] = view.getUint32(at + 8, true);
    cells.alarms[i] = view.getUint32(at + 12, true);
    cells.latitudeE7[i] = view.getInt32(at + 16, true);
    cells.longitudeE7[i] = view.getInt32(at + 20, true);
  }
  return cells;
}
