// Writes the golden replay of docs/wire/REPLAY.md, byte by byte as the document describes it:  node tests/golden/replay/generate.mjs
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const u16 = (v) => [v & 0xff, v >>> 8];
const u32 = (v) => [v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, v >>> 24];
const f64 = (v) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, v, true);
  return [...new Uint8Array(view.buffer)];
};
const differences = (values, start) => values.flatMap((v, i) => u32((v - (i === 0 ? start : values[i - 1])) >>> 0));

function chunk({ fromUnixMs, toUnixMs, units }) {
  const fixes = units.reduce((sum, u) => sum + u.unixMs.length, 0);
  const rest = [
    ...f64(fromUnixMs), ...f64(toUnixMs), ...u32(units.length), ...u32(fixes),
    ...units.flatMap((u) => [...u32(u.unit), ...u32(u.unixMs.length), u.kind, 0, 0, 0]),
    ...units.flatMap((u) => differences(u.unixMs, fromUnixMs)),
    ...units.flatMap((u) => differences(u.latitudeE7, 0)),
    ...units.flatMap((u) => differences(u.longitudeE7, 0)),
    ...units.flatMap((u) => u.speedCmps.flatMap((v) => u16(v ?? 0xffff))),
  ];
  return [0x46, 0x43, 0x50, 0x43, ...u32(rest.length + 8), ...rest];
}

const HOUR = 3_600_000;
const BASE = 1_795_370_400_000;
const chunks = [
  {
    fromUnixMs: BASE, toUnixMs: BASE + HOUR,
    units: [
      { unit: 7, kind: 0, unixMs: [BASE, BASE + 1000, BASE + 3_599_999], latitudeE7: [-349011234, -349011300, -349000000], longitudeE7: [-561645678, -561645000, 1_799_999_999], speedCmps: [0, 1389, null] },
      { unit: 4_000_000_001, kind: 1, unixMs: [BASE + 5], latitudeE7: [900_000_000], longitudeE7: [-1_800_000_000], speedCmps: [65534] },
    ],
  },
  { fromUnixMs: BASE + HOUR, toUnixMs: BASE + 2 * HOUR, units: [{ unit: 7, kind: 0, unixMs: [BASE + HOUR], latitudeE7: [-349000001], longitudeE7: [1_799_999_998], speedCmps: [42] }] },
  { fromUnixMs: BASE + 2 * HOUR, toUnixMs: BASE + 3 * HOUR, units: [] },
];
fs.writeFileSync(path.join(here, 'three-hours.bin'), Buffer.from(chunks.flatMap(chunk)));
fs.writeFileSync(path.join(here, 'three-hours.json'), `${JSON.stringify({ chunks }, null, 2)}\n`);
