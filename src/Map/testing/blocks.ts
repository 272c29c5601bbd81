// Blocks for tests, written from docs/wire/LIVE.md.

export interface Given { unit: number; lat?: number; lon?: number; fixedMs?: number; heading?: number }

/** A block with the fields that the store's behaviour depends on. */
export function blockOf(units: Given[], gone: number[] = []): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + units.length * 32 + gone.length * 4));
  view.setUint32(0, units.length, true);
  view.setUint32(4, gone.length, true);
  units.forEach((u, i) => {
    const at = 8 + i * 32;
    view.setUint32(at, u.unit, true);
    view.setInt32(at + 4, Math.round((u.lat ?? 0) * 1e7), true);
    view.setInt32(at + 8, Math.round((u.lon ?? 0) * 1e7), true);
    view.setInt32(at + 12, u.fixedMs ?? 0, true);
    view.setUint16(at + 22, u.heading ?? 0xffff, true);
  });
  gone.forEach((unit, i) => view.setUint32(8 + units.length * 32 + i * 4, unit, true));
  return new Uint8Array(view.buffer);
}
