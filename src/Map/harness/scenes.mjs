// Frames made by hand for exact places, and the replay of a few units: what the browser tests and the looks feed to the map.

/** A block with these units: { unit, lat, lon, … } in degrees; what is not given is reported as moving north, fresh and available. */
export function blockOf(units, gone = []) {
  const view = new DataView(new ArrayBuffer(8 + units.length * 32 + gone.length * 4));
  view.setUint32(0, units.length, true);
  view.setUint32(4, gone.length, true);
  units.forEach((u, i) => {
    const at = 8 + i * 32;
    view.setUint32(at, u.unit, true);
    view.setInt32(at + 4, Math.round(u.lat * 1e7), true);
    view.setInt32(at + 8, Math.round(u.lon * 1e7), true);
    view.setInt32(at + 12, u.fixedMs ?? 0, true);
    view.setInt32(at + 16, u.heardMs ?? u.fixedMs ?? 0, true);
    view.setUint16(at + 20, u.speedCmps ?? 0, true);
    view.setUint16(at + 22, u.headingCdeg ?? 0xffff, true);
    view.setUint16(at + 24, u.accuracyDm ?? 0xffff, true);
    view.setUint8(at + 26, u.kind ?? 0);
    view.setUint8(at + 27, u.availability ?? 1);
    view.setUint8(at + 28, u.motion ?? 3);
    view.setUint8(at + 29, u.flags ?? 0);
    view.setUint16(at + 30, 0xffff, true);
  });
  gone.forEach((unit, i) => view.setUint32(8 + units.length * 32 + i * 4, unit, true));
  return new Uint8Array(view.buffer);
}

/** Every kind, availability and age once: rows by kind and motion, columns by availability, then stale, lost, alarm. */
export function everySymbol() {
  const units = [];
  [[0, 1], [0, 3], [1, 1], [1, 3], [2, 1], [2, 3]].forEach(([kind, motion], row) => {
    const at = (column) => ({ unit: row * 20 + column + 1, kind, motion, headingCdeg: 4500, lat: -34.8985 - row * 0.0011, lon: -56.178 + column * 0.0018 });
    for (let availability = 0; availability <= 5; availability++) units.push({ ...at(availability), availability });
    units.push({ ...at(6), availability: 1, fixedMs: -90_000 }, { ...at(7), availability: 1, fixedMs: -130_000 }, { ...at(8), availability: 2, fixedMs: -300_000, flags: 1 },
      { ...at(9), availability: 2, flags: 2 });
  });
  return units;
}

export function cellsOf(cells) {
  const view = new DataView(new ArrayBuffer(cells.length * 24));
  cells.forEach((c, i) => {
    [c.x ?? 0, c.y ?? 0, c.count, c.alarms ?? 0].forEach((v, j) => view.setUint32(i * 24 + j * 4, v, true));
    view.setInt32(i * 24 + 16, Math.round(c.lat * 1e7), true);
    view.setInt32(i * 24 + 20, Math.round(c.lon * 1e7), true);
  });
  return new Uint8Array(view.buffer);
}

/** docs/wire/REPLAY.md: one chunk; each unit { unit, kind, fixes: [[unixMs, lat, lon, speedCmps]] }. */
export function replayOf(fromUnixMs, toUnixMs, units) {
  const fixes = units.flatMap((u) => u.fixes.map((f, i) => ({ f, before: u.fixes[i - 1] })));
  const bytes = Buffer.alloc(32 + units.length * 12 + fixes.length * 14);
  bytes.writeUInt32LE(0x43504346, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.writeDoubleLE(fromUnixMs, 8);
  bytes.writeDoubleLE(toUnixMs, 16);
  bytes.writeUInt32LE(units.length, 24);
  bytes.writeUInt32LE(fixes.length, 28);
  let at = 32;
  for (const u of units) {
    bytes.writeUInt32LE(u.unit, at);
    bytes.writeUInt32LE(u.fixes.length, at + 4);
    bytes.writeUInt8(u.kind ?? 0, at + 8);
    at += 12;
  }
  const e7 = (degrees) => Math.round(degrees * 1e7);
  const column = (value, start) => fixes.forEach(({ f, before }) => (at = bytes.writeInt32LE(value(f) - (before ? value(before) : start), at)));
  column((f) => f[0], fromUnixMs);
  column((f) => e7(f[1]), 0);
  column((f) => e7(f[2]), 0);
  fixes.forEach(({ f }) => (at = bytes.writeUInt16LE(f[3], at)));
  return bytes;
}
