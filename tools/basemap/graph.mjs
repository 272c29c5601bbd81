// The streets that can be driven, as a graph: nodes where ways meet, edges between them, the largest strongly connected part.
import { degreesOf } from './osm.mjs';
import { isTunnel } from './city.mjs';

/** Class number in the file, and the speed where none is signed (Montevideo: 45 km/h in towns, 75 and 90 outside). */
export const CLASSES = [
  ['motorway', 90], ['trunk', 75], ['primary', 60], ['secondary', 45], ['tertiary', 45], ['residential', 45], ['service', 20],
];
const ALIAS = { unclassified: 'residential', living_street: 'residential', road: 'residential' };

export const NODE = { signals: 1, stop: 2, giveWay: 4 };
export const EDGE = { oneWay: 1, tunnel: 2, bridge: 4, roundabout: 8, link: 16 };

/**
 * `{ nodes: [{ lat, lon, flags }], edges: [{ from, to, name, lengthDm, maxSpeedKmh, class, flags, shape }] }`.
 * Coordinates are degrees × 1e7; shape holds the points between the two nodes. A one-way edge is driven from → to only.
 */
export function roadGraph(features) {
  const ways = features.filter((f) => f.kind === 'line').map(drivable).filter(Boolean);
  const pieces = splitAtNodes(ways);
  const controls = controlPoints(features);
  return numbered(largestConnected(pieces), controls);
}

const keyOf = (p) => `${p[0]},${p[1]}`;

function drivable({ tags, parts }) {
  const base = String(tags.highway ?? '').replace('_link', '');
  const index = CLASSES.findIndex(([name]) => name === (ALIAS[base] ?? base));
  if (index < 0 || tags.access === 'private' || tags.access === 'no' || tags.area === 'yes') return undefined;
  if (['parking_aisle', 'driveway'].includes(tags.service)) return undefined;
  const roundabout = tags.junction === 'roundabout';
  const reversed = tags.oneway === '-1';
  const oneWay = reversed || tags.oneway === 'yes' || roundabout || (base === 'motorway' && tags.oneway !== 'no');
  const signed = Number.parseInt(tags.maxspeed, 10);
  return {
    class: index,
    name: tags.name ?? '',
    maxSpeedKmh: signed >= 5 && signed <= 130 ? signed : CLASSES[index][1],
    flags: (oneWay ? EDGE.oneWay : 0) | (isTunnel(tags) ? EDGE.tunnel : 0) | (tags.bridge && tags.bridge !== 'no' ? EDGE.bridge : 0)
      | (roundabout ? EDGE.roundabout : 0) | (tags.highway.endsWith('_link') ? EDGE.link : 0),
    lines: parts.map((part) => (reversed ? [...part].reverse() : part)),
  };
}

/** A vertex that two ways share, that a way passes twice, or that ends a way, is a node. */
function splitAtNodes(ways) {
  const seen = new Map();
  for (const way of ways) {
    for (const line of way.lines) {
      line.forEach((p, i) => seen.set(keyOf(p), (seen.get(keyOf(p)) ?? 0) + (i === 0 || i === line.length - 1 ? 2 : 1)));
    }
  }
  const pieces = [];
  for (const way of ways) {
    for (const line of way.lines) {
      let start = 0;
      for (let i = 1; i < line.length; i++) {
        if (seen.get(keyOf(line[i])) < 2) continue;
        const points = line.slice(start, i + 1);
        if (lengthOf(points) >= 0.05) pieces.push({ way, points });
        start = i;
      }
    }
  }
  return pieces;
}

/** Tarjan's algorithm without recursion; of equally large parts the first found. */
function largestConnected(pieces) {
  const ids = new Map();
  const idOf = (p) => {
    const key = keyOf(p);
    if (!ids.has(key)) ids.set(key, ids.size);
    return ids.get(key);
  };
  const ends = pieces.map(({ points }) => [idOf(points[0]), idOf(points.at(-1))]);
  const out = Array.from({ length: ids.size }, () => []);
  pieces.forEach(({ way }, i) => {
    out[ends[i][0]].push(ends[i][1]);
    if (!(way.flags & EDGE.oneWay)) out[ends[i][1]].push(ends[i][0]);
  });
  const component = strongComponents(out);
  const sizes = new Map();
  for (const c of component) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  const largest = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return pieces.filter((_, i) => component[ends[i][0]] === largest && component[ends[i][1]] === largest);
}

export function strongComponents(out) {
  const order = new Int32Array(out.length).fill(-1);
  const low = new Int32Array(out.length);
  const component = new Int32Array(out.length).fill(-1);
  const stack = [];
  let next = 0;
  let components = 0;
  for (let root = 0; root < out.length; root++) {
    if (order[root] >= 0) continue;
    const calls = [[root, 0]];
    while (calls.length > 0) {
      const call = calls.at(-1);
      const [node, edge] = call;
      if (edge === 0) {
        order[node] = low[node] = next++;
        stack.push(node);
      }
      if (edge < out[node].length) {
        call[1]++;
        const to = out[node][edge];
        if (order[to] < 0) calls.push([to, 0]);
        else if (component[to] < 0) low[node] = Math.min(low[node], order[to]);
        continue;
      }
      calls.pop();
      if (calls.length > 0) low[calls.at(-1)[0]] = Math.min(low[calls.at(-1)[0]], low[node]);
      if (low[node] !== order[node]) continue;
      for (;;) {
        const member = stack.pop();
        component[member] = components;
        if (member === node) break;
      }
      components++;
    }
  }
  return component;
}

/** Lights and signs stand on a vertex of the street, often a few metres before the crossing. */
function controlPoints(features) {
  const kinds = { traffic_signals: NODE.signals, stop: NODE.stop, give_way: NODE.giveWay };
  return features.filter((f) => f.kind === 'point' && kinds[f.tags.highway])
    .map((f) => ({ point: f.parts[0][0], key: keyOf(f.parts[0][0]), flag: kinds[f.tags.highway] }));
}

/** A control belongs to the node it stands on, else to the nearer end of the edge it stands on if that is within 40 m. */
function numbered(pieces, controls) {
  const flags = new Map();
  const homes = new Map();
  for (const { points } of pieces) {
    for (const p of points) if (!homes.has(keyOf(p))) homes.set(keyOf(p), points);
  }
  for (const { point, key, flag } of controls) {
    const points = homes.get(key);
    if (!points) continue;
    const end = [points[0], points.at(-1)].reduce((a, b) => (lengthOf([b, point]) < lengthOf([a, point]) ? b : a));
    if (lengthOf([end, point]) <= 40) flags.set(keyOf(end), (flags.get(keyOf(end)) ?? 0) | flag);
  }
  const corners = new Map();
  for (const { points } of pieces) for (const p of [points[0], points.at(-1)]) corners.set(keyOf(p), p);
  const sorted = [...corners.values()].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const numbers = new Map(sorted.map((p, i) => [keyOf(p), i]));
  const nodes = sorted.map((p) => ({ ...e7(p), flags: flags.get(keyOf(p)) ?? 0 }));
  const edges = pieces.map(({ way, points }) => ({
    from: numbers.get(keyOf(points[0])), to: numbers.get(keyOf(points.at(-1))), name: way.name,
    lengthDm: Math.max(1, Math.round(lengthOf(points) * 10)), maxSpeedKmh: way.maxSpeedKmh, class: way.class, flags: way.flags,
    shape: points.slice(1, -1).map(e7),
  }));
  edges.sort((a, b) => a.from - b.from || a.to - b.to || a.lengthDm - b.lengthDm);
  return { nodes, edges };
}

function e7(point) {
  const [lon, lat] = degreesOf(point);
  return { lat: Math.round(lat * 1e7), lon: Math.round(lon * 1e7) };
}

/** Metres along the points, on a sphere of 6,371,008.8 m; at these lengths a flat piece of it. */
function lengthOf(points) {
  let metres = 0;
  for (let i = 1; i < points.length; i++) {
    const [lon1, lat1] = degreesOf(points[i - 1]);
    const [lon2, lat2] = degreesOf(points[i]);
    const radians = Math.PI / 180;
    const dx = (lon2 - lon1) * radians * Math.cos(((lat1 + lat2) / 2) * radians);
    metres += 6371008.8 * Math.hypot(dx, (lat2 - lat1) * radians);
  }
  return metres;
}
