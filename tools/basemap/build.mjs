// Builds the offline base map and the road graph into the folder named on the command line:  node build.mjs FOLDER
// The same packages and sources give the same bytes; a folder that was built from them already is left alone.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeAddresses } from './addresses.mjs';
import { cityLayers } from './city.mjs';
import { roadGraph } from './graph.mjs';
import { encodeGraph } from './graph-file.mjs';
import { boundsOf, readFeatures } from './osm.mjs';
import { seaOf } from './sea.mjs';
import { writeTiles } from './tiles.mjs';
import { WORLD_MAX_ZOOM, worldLayers } from './world.mjs';

export const ATTRIBUTION = '© OpenStreetMap contributors (ODbL) · GeoNames (CC BY) · Natural Earth';
const CITY_MIN_ZOOM = 9;
const CITY_MAX_ZOOM = 14;

/** Writes everything into `folder`, which must not exist, and returns the index that it also writes. */
export function buildInto(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const hash = crypto.createHash('sha256');
  const features = readFeatures();
  const bounds = boundsOf();
  const world = writeTiles(path.join(folder, 'world'), worldLayers(), { minZoom: 0, maxZoom: WORLD_MAX_ZOOM }, hash);
  const city = writeTiles(path.join(folder, 'montevideo'), { ...groundLayers(features, bounds), ...cityLayers(features) },
    { minZoom: CITY_MIN_ZOOM, maxZoom: CITY_MAX_ZOOM }, hash);
  const graph = roadGraph(features);
  const roads = encodeGraph(graph);
  const addresses = encodeAddresses(features);
  fs.writeFileSync(path.join(folder, 'roads.bin'), roads);
  fs.writeFileSync(path.join(folder, 'addresses.tsv.gz'), addresses.bytes);
  const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
  const index = {
    version: hash.digest('hex').slice(0, 12),
    attribution: ATTRIBUTION,
    tilesets: {
      world: { tiles: 'world/{z}/{x}/{y}.pbf', minzoom: 0, maxzoom: WORLD_MAX_ZOOM, ...world },
      montevideo: { tiles: 'montevideo/{z}/{x}/{y}.pbf', minzoom: CITY_MIN_ZOOM, maxzoom: CITY_MAX_ZOOM, bounds: bounds.map(round), ...city },
    },
    roads: { file: 'roads.bin', nodes: graph.nodes.length, edges: graph.edges.length, bytes: roads.length },
    addresses: { file: 'addresses.tsv.gz', count: addresses.count, bytes: addresses.bytes.length },
  };
  fs.writeFileSync(path.join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
  return index;
}

/** The city's box is land, and what the sea covers of it is sea: the world's coarse coast is not seen under streets. */
function groundLayers(features, bounds) {
  const [west, south, east, north] = bounds;
  const box = { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] };
  const entry = (geometry) => [{ min: CITY_MIN_ZOOM, feature: { type: 'Feature', geometry, properties: {} } }];
  return { ground: entry(box), sea: entry(seaOf(features, bounds)) };
}

/** What the output depends on: these sources, the lockfile, and the Node that compresses. */
export function inputsDigest() {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const hash = crypto.createHash('sha256').update(process.versions.zlib);
  for (const file of fs.readdirSync(here).filter((f) => f.endsWith('.mjs') && !f.endsWith('.test.mjs')).sort()) hash.update(fs.readFileSync(path.join(here, file)));
  return hash.update(fs.readFileSync(path.join(here, '../../package-lock.json'))).digest('hex');
}

function main(folder) {
  const stamp = path.join(folder, '.stamp');
  const digest = inputsDigest();
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return;
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  const index = buildInto(fresh);
  fs.writeFileSync(path.join(fresh, '.stamp'), digest);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(fresh, folder);
  console.log(JSON.stringify(index, null, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv[2]) throw new Error('usage: node build.mjs FOLDER');
  main(path.resolve(process.argv[2]));
}
