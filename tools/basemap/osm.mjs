// Reads the OpenStreetMap QA tiles of Montevideo: raw ways and points with their tags, cut at tile edges.
// Coordinates stay integers of the world's zoom-12 grid (about 1 cm), so that what meets in OSM meets here exactly.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

const EXTENT = 1 << 20;
const ZOOM = 12;
const WORLD = EXTENT * 2 ** ZOOM;

const POINT = 1;
const LINE = 2;

/** Where the fixtures package keeps its tiles. */
export function tilesFolder() {
  const main = createRequire(import.meta.url).resolve('@mapbox/mvt-fixtures');
  return path.join(main.slice(0, main.lastIndexOf('mvt-fixtures') + 'mvt-fixtures'.length), 'real-world', 'osm-qa-montevideo');
}

/** Degrees of a grid coordinate: [longitude, latitude]. */
export function degreesOf([x, y]) {
  const lon = (x / WORLD) * 360 - 180;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / WORLD))) * 180) / Math.PI;
  return [lon, lat];
}

/**
 * Everything in the tiles: `{ id, kind: 'point'|'line'|'polygon', tags, parts }`, where parts are arrays of grid coordinates:
 * one point, one line, or rings. Lines that a tile edge cut are one again.
 */
export function readFeatures(folder = tilesFolder()) {
  const features = [];
  const lines = new Map();
  for (const file of fs.readdirSync(folder).sort()) {
    const [, tx, ty] = file.replace('.mvt', '').split('-').map(Number);
    const layer = new VectorTile(new PbfReader(fs.readFileSync(path.join(folder, file)))).layers.osm;
    for (let i = 0; i < layer.length; i++) {
      const source = layer.feature(i);
      const tags = source.properties;
      const id = String(tags['@id']);
      const parts = source.loadGeometry().map((part) => part.map((p) => [tx * EXTENT + p.x, ty * EXTENT + p.y]));
      if (source.type === LINE) {
        const whole = lines.get(id);
        if (whole) whole.parts.push(...parts);
        else lines.set(id, { id, kind: 'line', tags, parts });
      } else if (source.type === POINT) {
        features.push({ id, kind: 'point', tags, parts });
      } else {
        features.push({ id, kind: 'polygon', tags, parts });
      }
    }
  }
  for (const way of lines.values()) features.push({ ...way, parts: joinAtEdges(way.parts) });
  return features;
}

/** Joins pieces of one way where the end of one is the start of another. Direction is kept: a one-way street stays one. */
export function joinAtEdges(pieces) {
  const key = (p) => `${p[0]},${p[1]}`;
  const byStart = new Map(pieces.map((piece, index) => [key(piece[0]), index]));
  const followers = new Set();
  for (const piece of pieces) {
    const next = byStart.get(key(piece.at(-1)));
    if (next !== undefined && pieces[next] !== piece) followers.add(next);
  }
  const used = new Set();
  const joined = [];
  const follow = (first) => {
    const line = [...pieces[first]];
    used.add(first);
    for (;;) {
      const next = byStart.get(key(line.at(-1)));
      if (next === undefined || used.has(next)) break;
      used.add(next);
      line.push(...pieces[next].slice(1));
    }
    joined.push(line);
  };
  pieces.forEach((_, index) => !followers.has(index) && follow(index));
  // What is left is a ring that was cut in pieces: it begins anywhere.
  pieces.forEach((_, index) => !used.has(index) && follow(index));
  return joined;
}

/** West, south, east, north of all tiles, in degrees. */
export function boundsOf(folder = tilesFolder()) {
  const names = fs.readdirSync(folder).map((file) => file.replace('.mvt', '').split('-').map(Number));
  const xs = names.map((n) => n[1]);
  const ys = names.map((n) => n[2]);
  const [west, north] = degreesOf([Math.min(...xs) * EXTENT, Math.min(...ys) * EXTENT]);
  const [east, south] = degreesOf([(Math.max(...xs) + 1) * EXTENT, (Math.max(...ys) + 1) * EXTENT]);
  return [west, south, east, north];
}
