// The data has no coastline. Where nothing was mapped and the southern edge can be reached without crossing land, is the sea.
import { contours } from 'd3-contour';
import { degreesOf } from './osm.mjs';

const WIDTH = 1600;
/** Around everything on land, in cells of about 20 m: wide enough that the sea does not leak into streets. */
const REACH = 4.4;

const LAND_TAGS = ['highway', 'building', 'addr:housenumber', 'landuse', 'leisure', 'railway', 'aeroway'];

/** The sea in the box as one GeoJSON MultiPolygon, its coast smoothed. */
export function seaOf(features, bounds) {
  const [west, south, east, north] = bounds;
  const height = Math.round((WIDTH * (north - south)) / ((east - west) * Math.cos((south * Math.PI) / 180)));
  const grid = { width: WIDTH, height, land: new Uint8Array(WIDTH * height) };
  const cellOf = (point) => {
    const [lon, lat] = degreesOf(point);
    return [((lon - west) / (east - west)) * WIDTH, ((north - lat) / (north - south)) * height];
  };
  for (const feature of features) {
    if (isOnLand(feature.tags)) for (const part of feature.parts) drawLine(grid, part.map(cellOf));
  }
  const sea = blur(grow(floodFromSouth(grid), grid, REACH - 1.6), grid, 2);
  const [rings] = contours().size([WIDTH, height]).smooth(true).thresholds([0.5])(sea);
  const degrees = ([x, y]) => [west + (x / WIDTH) * (east - west), north - (y / height) * (north - south)];
  const polygons = rings.coordinates.filter((polygon) => polygon[0].length > 30);
  return {
    type: 'MultiPolygon',
    coordinates: polygons.map((polygon) => polygon.filter((ring) => ring.length > 12).map((ring) => ring.map(degrees))),
  };
}

function isOnLand(tags) {
  if (tags.boundary || tags.route || tags['seamark:type'] || tags.natural === 'cape') return false;
  return LAND_TAGS.some((tag) => tags[tag]) || tags.natural === 'sand' || tags.natural === 'beach' || tags.man_made === 'pier';
}

function drawLine(grid, cells) {
  cells.forEach((cell, i) => {
    mark(grid, cell);
    if (i === 0) return;
    const before = cells[i - 1];
    const steps = Math.ceil(Math.hypot(cell[0] - before[0], cell[1] - before[1]) / 2);
    for (let s = 1; s < steps; s++) mark(grid, [before[0] + ((cell[0] - before[0]) * s) / steps, before[1] + ((cell[1] - before[1]) * s) / steps]);
  });
}

function mark({ width, height, land }, [cx, cy]) {
  for (let y = Math.max(0, Math.floor(cy - REACH)); y <= Math.min(height - 1, cy + REACH); y++) {
    for (let x = Math.max(0, Math.floor(cx - REACH)); x <= Math.min(width - 1, cx + REACH); x++) {
      if ((x - cx) ** 2 + (y - cy) ** 2 <= REACH * REACH) land[y * width + x] = 1;
    }
  }
}

function floodFromSouth({ width, height, land }) {
  const sea = new Float64Array(width * height);
  const open = [];
  for (let x = 0; x < width; x++) open.push((height - 1) * width + x);
  while (open.length > 0) {
    const cell = open.pop();
    if (sea[cell] || land[cell]) continue;
    sea[cell] = 1;
    const x = cell % width;
    const y = (cell - x) / width;
    if (x > 0) open.push(cell - 1);
    if (x < width - 1) open.push(cell + 1);
    if (y > 0) open.push(cell - width);
    if (y < height - 1) open.push(cell + width);
  }
  return sea;
}

/** The sea comes back to what was mapped: the reach only kept it out of the streets. */
function grow(sea, { width, height }, reach) {
  const grown = Float64Array.from(sea);
  const r = Math.ceil(reach);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!sea[y * width + x] || !atCoast(sea, width, height, x, y)) continue;
      for (let dy = -r; dy <= r; dy++) {
        for (let dx = -r; dx <= r; dx++) {
          const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
          if (inside && dx * dx + dy * dy <= reach * reach) grown[(y + dy) * width + x + dx] = 1;
        }
      }
    }
  }
  return grown;
}

const atCoast = (sea, width, height, x, y) =>
  (x > 0 && !sea[y * width + x - 1]) || (x < width - 1 && !sea[y * width + x + 1]) ||
  (y > 0 && !sea[(y - 1) * width + x]) || (y < height - 1 && !sea[(y + 1) * width + x]);

/** Two box blurs in each direction; beyond the edge the value at the edge goes on, so that the contour meets the box squarely. */
function blur(values, { width, height }, radius) {
  let from = values;
  for (const [step, line, length, lines] of [[1, width, width, height], [width, 1, height, width], [1, width, width, height], [width, 1, height, width]]) {
    const to = new Float64Array(from.length);
    for (let l = 0; l < lines; l++) {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let d = -radius; d <= radius; d++) sum += from[l * line + Math.min(length - 1, Math.max(0, i + d)) * step];
        to[l * line + i * step] = sum / (2 * radius + 1);
      }
    }
    from = to;
  }
  return from;
}
