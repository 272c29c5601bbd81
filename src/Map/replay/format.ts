// Reads docs/wire/REPLAY.md: chunks of fixes in columns, each value a difference to the one before it.

export const CHUNK_MAGIC = 0x43504346; // "FCPC"
export const CHUNK_HEADER_BYTES = 32;
export const UNIT_HEADER_BYTES = 12;
/** A chunk larger than this is damage, not data. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

export interface UnitFixes {
  unit: number;
  kind: number;
  unixMs: Float64Array;
  latitudeE7: Int32Array;
  longitudeE7: Int32Array;
  /** 0xFFFF = not reported. */
  speedCmps: Uint16Array;
}

export interface Chunk {
  fromUnixMs: number;
  toUnixMs: number;
  units: UnitFixes[];
}

export class ReplayError extends Error {
  constructor(readonly code: string, detail: string) {
    super(`${code}: ${detail}`);
  }
}

/** Length of the chunk that begins at `at`, or −1 while its header is not whole. */
export function chunkLength(bytes: Uint8Array, at: number): number {
  if (bytes.byteLength - at < 8) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  if (view.getUint32(0, true) !== CHUNK_MAGIC) throw new ReplayError('replay.not-a-chunk', `at byte ${at}`);
  const length = view.getUint32(4, true);
  if (length < CHUNK_HEADER_BYTES || length > MAX_CHUNK_BYTES) throw new ReplayError('replay.length', `a chunk of ${length} bytes`);
  return length;
}

export function readChunk(bytes: Uint8Array): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (chunkLength(bytes, 0) !== bytes.byteLength) throw new ReplayError('replay.length', `a chunk of ${bytes.byteLength} bytes says another length`);
  const fromUnixMs = view.getFloat64(8, true);
  const unitCount = view.getUint32(24, true);
  const fixCount = view.getUint32(28, true);
  const columnsAt = CHUNK_HEADER_BYTES + unitCount * UNIT_HEADER_BYTES;
  if (columnsAt + fixCount * 14 !== bytes.byteLength) throw new ReplayError('replay.length', `${unitCount} units and ${fixCount} fixes do not fill the chunk`);
  const units: UnitFixes[] = [];
  let first = 0;
  for (let i = 0; i < unitCount; i++) {
    const at = CHUNK_HEADER_BYTES + i * UNIT_HEADER_BYTES;
    const count = view.getUint32(at + 4, true);
    if (first + count > fixCount) throw new ReplayError('replay.count', `unit ${i} of the chunk has more fixes than there are`);
    const column = (index: number) => columnsAt + fixCount * 4 * index + first * 4;
    units.push({
      unit: view.getUint32(at, true), kind: view.getUint8(at + 8),
      unixMs: summed(view, column(0), count, new Float64Array(count), fromUnixMs),
      latitudeE7: summed(view, column(1), count, new Int32Array(count), 0),
      longitudeE7: summed(view, column(2), count, new Int32Array(count), 0),
      speedCmps: Uint16Array.from({ length: count }, (_, j) => view.getUint16(columnsAt + fixCount * 12 + (first + j) * 2, true)),
    });
    first += count;
  }
  if (first !== fixCount) throw new ReplayError('replay.count', `${fixCount - first} fixes belong to no unit`);
  return { fromUnixMs, toUnixMs: view.getFloat64(16, true), units };
}

function summed<T extends Float64Array | Int32Array>(view: DataView, at: number, count: number, out: T, start: number): T {
  let value = start;
  for (let i = 0; i < count; i++) out[i] = value += view.getInt32(at + i * 4, true);
  return out;
}
