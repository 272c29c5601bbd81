// Writes the golden frames of docs/wire/LIVE.md, byte by byte as the document describes them and with no code of the product:
//   node tests/golden/live/generate.mjs
// Each NAME.bin has a NAME.json that says what it means. C# and TypeScript are tested against the same files.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const BASE = 1_795_370_000_123;

const u8 = (v) => [v];
const u16 = (v) => [v & 0xff, v >>> 8];
const u32 = (v) => [v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, v >>> 24];
const i32 = (v) => u32(v >>> 0);

const record = (r) => [
  ...u32(r.unit), ...i32(r.latitudeE7), ...i32(r.longitudeE7), ...i32(r.fixedMs), ...i32(r.heardMs),
  ...u16(r.speedCmps ?? 0xffff), ...u16(r.headingCdeg ?? 0xffff), ...u16(r.accuracyDm ?? 0xffff),
  ...u8(r.kind), ...u8(r.availability), ...u8(r.motion), ...u8((r.signalLost ? 1 : 0) | (r.openAlarm ? 2 : 0)), ...u16(r.batteryPermille ?? 0xffff),
];
const block = (b) => [...u32(b.units.length), ...u32(b.gone.length), ...b.units.flatMap(record), ...b.gone.flatMap(u32)];
const cell = (c) => [...u32(c.x), ...u32(c.y), ...u32(c.count), ...u32(c.alarms), ...i32(c.latitudeE7), ...i32(c.longitudeE7)];

// MessagePack, as far as it is needed here: https://github.com/msgpack/msgpack/blob/master/spec.md
const uint = (v) => (v < 0x80 ? [v] : v < 0x100 ? [0xcc, v] : v < 0x10000 ? [0xcd, v >>> 8, v & 0xff] : [0xce, v >>> 24, (v >>> 16) & 0xff, (v >>> 8) & 0xff, v & 0xff]);
const float64 = (v) => {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, v);
  return [0xcb, ...new Uint8Array(bytes.buffer)];
};
const bin = (bytes) => [0xc5, bytes.length >>> 8, bytes.length & 0xff, ...bytes];
const text = (s) => [0xa0 + s.length, ...Buffer.from(s, 'ascii')];
const array = (items) => [0x90 + items.length, ...items.flat()];
/** A SignalR invocation: [1, headers, null (no answer wanted), target, arguments, stream ids], its length before it as a VarInt. */
const invocation = (target, args) => {
  const body = array([uint(1), [0x80], [0xc0], text(target), array(args), array([])]);
  const length = [];
  for (let rest = body.length; ; rest >>>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  return [...length, ...body];
};

const moving = {
  unit: 7, latitudeE7: -349011234, longitudeE7: -561645678, fixedMs: -1500, heardMs: -900, speedCmps: 1389, headingCdeg: 27050, accuracyDm: 45,
  kind: 0, availability: 2, motion: 1, signalLost: false, openAlarm: false, batteryPermille: 815,
};
const silent = {
  unit: 4_000_000_001, latitudeE7: 895_000_000, longitudeE7: 1_799_999_999, fixedMs: -2147483648, heardMs: -7_200_000, speedCmps: null, headingCdeg: null,
  accuracyDm: null, kind: 1, availability: 0, motion: 0, signalLost: true, openAlarm: true, batteryPermille: null,
};
const parked = {
  unit: 70_000, latitudeE7: -1, longitudeE7: 0, fixedMs: 0, heardMs: 0, speedCmps: 0, headingCdeg: 0, accuracyDm: 0,
  kind: 2, availability: 5, motion: 3, signalLost: false, openAlarm: true, batteryPermille: 1000,
};
const first = { units: [moving, silent], gone: [] };
const second = { units: [parked], gone: [7, 4_294_967_295] };
const onlyGone = { units: [], gone: [70_000] };
const cells = [
  { x: 704, y: 1235, count: 1234, alarms: 0, latitudeE7: -349000000, longitudeE7: -561600000 },
  { x: 4_294_967_295, y: 0, count: 1, alarms: 1, latitudeE7: 850_000_000, longitudeE7: -1_800_000_000 },
];

function write(name, means, bytes) {
  fs.writeFileSync(path.join(here, `${name}.bin`), Buffer.from(bytes));
  fs.writeFileSync(path.join(here, `${name}.json`), `${JSON.stringify(means, null, 2)}\n`);
}

write('block-two-units', first, block(first));
write('block-one-unit-two-gone', second, block(second));
write('block-only-gone', onlyGone, block(onlyGone));
write('block-empty', { units: [], gone: [] }, block({ units: [], gone: [] }));
write('cells', { cells }, cells.flatMap(cell));
write('message-snapshot', { target: 'units', watch: 3, mode: 1, baseUnixMs: BASE, blocks: [first] },
  invocation('units', [uint(3), uint(1), float64(BASE), array([bin(block(first))])]));
write('message-changes', { target: 'units', watch: 300, mode: 2, baseUnixMs: BASE + 1000, blocks: [second, onlyGone] },
  invocation('units', [uint(300), uint(2), float64(BASE + 1000), array([bin(block(second)), bin(block(onlyGone))])]));
write('message-heartbeat', { target: 'units', watch: 70_000, mode: 2, baseUnixMs: BASE + 6000, blocks: [] },
  invocation('units', [uint(70_000), uint(2), float64(BASE + 6000), array([])]));
write('message-counts', { target: 'counts', watch: 4, baseUnixMs: BASE, level: 11, cells },
  invocation('counts', [uint(4), float64(BASE), uint(11), bin(cells.flatMap(cell))]));
