// Layers → vector tiles in a directory, each stored gzip-compressed.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import geojsonvt from 'geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';

/** Writes Z/X/Y.pbf for all zooms and returns `{ tileCount, bytes }`; hash goes over the uncompressed contents in order. */
export function writeTiles(folder, layers, { minZoom, maxZoom, tolerance = 3 }, hash) {
  const found = { tileCount: 0, bytes: 0 };
  for (let zoom = minZoom; zoom <= maxZoom; zoom++) {
    const tiles = new Map();
    for (const [name, entries] of Object.entries(layers)) {
      const features = entries.filter((e) => e.min <= zoom && (e.max ?? maxZoom) >= zoom).map((e) => e.feature);
      if (features.length > 0) cut(name, features, zoom, zoom === maxZoom ? 1 : tolerance, tiles);
    }
    for (const [key, content] of [...tiles].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const bytes = Buffer.from(fromGeojsonVt(content, { version: 2 }));
      const packed = zlib.gzipSync(bytes, { level: 9 });
      const file = path.join(folder, String(zoom), `${key}.pbf`);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, packed);
      hash.update(`${zoom}/${key}`).update(bytes);
      found.tileCount++;
      found.bytes += packed.length;
    }
  }
  return found;
}

function cut(name, features, zoom, tolerance, tiles) {
  const index = new geojsonvt({ type: 'FeatureCollection', features },
    { maxZoom: zoom, indexMaxZoom: zoom, indexMaxPoints: 0, extent: 4096, buffer: 80, tolerance });
  for (const { z, x, y } of index.tileCoords) {
    if (z !== zoom) continue;
    const tile = index.getTile(z, x, y);
    if (!tile || tile.features.length === 0) continue;
    const key = `${x}/${y}`;
    if (!tiles.has(key)) tiles.set(key, {});
    tiles.get(key)[name] = tile;
  }
}
