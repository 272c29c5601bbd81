// The road graph as a file: roads.bin. The layout is described in README.md; change it there and here together.
const MAGIC = 0x47524346; // "FCRG"
export const VERSION = 1;

export function encodeGraph({ nodes, edges }) {
  const names = [...new Set(edges.map((e) => e.name))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (names[0] !== '') names.unshift('');
  const nameIndex = new Map(names.map((name, i) => [name, i]));
  const nameBytes = names.map((name) => Buffer.from(name, 'utf8'));
  const points = edges.flatMap((e) => e.shape);
  const writer = new Writer();
  writer.u32(MAGIC);
  writer.u32(VERSION);
  for (const count of [nodes.length, edges.length, points.length, names.length]) writer.u32(count);
  writer.u32(nameBytes.reduce((sum, b) => sum + b.length, 0));
  writer.u32(0);
  writer.column(nodes.map((n) => n.lat), 4);
  writer.column(nodes.map((n) => n.lon), 4);
  writer.column(nodes.map((n) => n.flags), 1);
  writer.column(edges.map((e) => e.from), 4);
  writer.column(edges.map((e) => e.to), 4);
  writer.column(edges.map((e) => nameIndex.get(e.name)), 4);
  writer.column(edges.map((e) => e.lengthDm), 4);
  let start = 0;
  writer.column([...edges.map((e) => (start += e.shape.length) - e.shape.length), points.length], 4);
  writer.column(edges.map((e) => e.maxSpeedKmh), 1);
  writer.column(edges.map((e) => e.class), 1);
  writer.column(edges.map((e) => e.flags), 1);
  writer.column(points.map((p) => p.lat), 4);
  writer.column(points.map((p) => p.lon), 4);
  let offset = 0;
  writer.column([...nameBytes.map((b) => (offset += b.length) - b.length), offset], 4);
  for (const bytes of nameBytes) writer.parts.push(bytes);
  return Buffer.concat(writer.parts);
}

/** The inverse, for the tests and for whoever wants to look into the file. */
export function decodeGraph(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) throw new Error('not a road graph of this version');
  const [nodeCount, edgeCount, pointCount, nameCount] = [8, 12, 16, 20].map((at) => view.getUint32(at, true));
  let at = 32;
  const column = (count, size) => {
    const values = Array.from({ length: count }, (_, i) => (size === 1 ? view.getUint8(at + i) : view.getInt32(at + 4 * i, true)));
    at += Math.ceil((count * size) / 4) * 4;
    return values;
  };
  const [lats, lons, nodeFlags] = [column(nodeCount, 4), column(nodeCount, 4), column(nodeCount, 1)];
  const [from, to, name, lengthDm, shapeStart] = [0, 0, 0, 0, 1].map((extra) => column(edgeCount + extra, 4));
  const [speed, kind, flags] = [column(edgeCount, 1), column(edgeCount, 1), column(edgeCount, 1)];
  const [shapeLat, shapeLon, nameStart] = [column(pointCount, 4), column(pointCount, 4), column(nameCount + 1, 4)];
  const nameOf = (i) => Buffer.from(bytes.subarray(at + nameStart[i], at + nameStart[i + 1])).toString('utf8');
  return {
    nodes: lats.map((lat, i) => ({ lat, lon: lons[i], flags: nodeFlags[i] })),
    edges: from.map((start, i) => ({
      from: start, to: to[i], name: nameOf(name[i]), lengthDm: lengthDm[i], maxSpeedKmh: speed[i], class: kind[i], flags: flags[i],
      shape: shapeLat.slice(shapeStart[i], shapeStart[i + 1]).map((lat, j) => ({ lat, lon: shapeLon[shapeStart[i] + j] })),
    })),
  };
}

class Writer {
  parts = [];

  u32(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.parts.push(bytes);
  }

  /** Values of 4 signed bytes or 1 unsigned, padded with zeros to a multiple of four. */
  column(values, size) {
    const bytes = Buffer.alloc(Math.ceil((values.length * size) / 4) * 4);
    values.forEach((value, i) => (size === 1 ? bytes.writeUInt8(value, i) : bytes.writeInt32LE(value, 4 * i)));
    this.parts.push(bytes);
  }
}
