// Montevideo's layers, out of OSM's tags: what a map needs to know and nothing else.
import { degreesOf } from './osm.mjs';

const ROAD_CLASS = {
  motorway: 'motorway', motorway_link: 'motorway', trunk: 'trunk', trunk_link: 'trunk',
  primary: 'primary', primary_link: 'primary', secondary: 'secondary', secondary_link: 'secondary',
  tertiary: 'tertiary', tertiary_link: 'tertiary', residential: 'street', unclassified: 'street', living_street: 'street',
  road: 'street', service: 'service', track: 'service', pedestrian: 'pedestrian',
  footway: 'path', path: 'path', steps: 'path', cycleway: 'path',
};

/** The least zoom at which a road of a class is in the tiles. */
const ROAD_MIN_ZOOM = {
  motorway: 9, trunk: 9, primary: 10, secondary: 11, tertiary: 12, street: 12, pedestrian: 13, service: 13, path: 14,
};

const GREEN = {
  leisure: { park: 'park', garden: 'park', pitch: 'pitch', golf_course: 'park', recreation_ground: 'park', playground: 'park', stadium: 'pitch' },
  landuse: { grass: 'grass', forest: 'wood', cemetery: 'cemetery', recreation_ground: 'park', meadow: 'grass', plant_nursery: 'grass' },
  natural: { wood: 'wood', grassland: 'grass', scrub: 'grass', wetland: 'wetland' },
};

const POI = {
  hospital: 'hospital', clinic: 'clinic', police: 'police', fire_station: 'fire', fuel: 'fuel', university: 'university',
  school: 'school', bus_station: 'bus', theatre: 'culture', cinema: 'culture', townhall: 'civic', embassy: 'civic', courthouse: 'civic',
};

/** Layer name → GeoJSON features with `min` (least zoom) beside them. */
export function cityLayers(features) {
  const layers = { green: [], sand: [], water: [], waterway: [], aeroway: [], building: [], rail: [], road: [], place: [], poi: [] };
  for (const feature of features) {
    const found = classify(feature);
    if (!found) continue;
    layers[found.layer].push({ min: found.min, feature: { type: 'Feature', geometry: geometryOf(feature), properties: found.properties } });
  }
  return layers;
}

function classify({ kind, tags }) {
  if (kind === 'point') return place(tags) ?? poi(tags);
  if (kind === 'polygon') {
    return area(tags) ?? poi(tags);
  }
  return road(tags) ?? line(tags);
}

function road(tags) {
  const kind = ROAD_CLASS[tags.highway];
  if (!kind) return undefined;
  const properties = { class: kind, name: tags.name ?? '' };
  if (tags.highway.endsWith('_link')) properties.link = 1;
  if (isTunnel(tags)) properties.tunnel = 1;
  if (tags.bridge && tags.bridge !== 'no') properties.bridge = 1;
  if (tags.oneway === 'yes') properties.oneway = 1;
  if (tags.oneway === '-1') properties.oneway = -1;
  return { layer: 'road', min: ROAD_MIN_ZOOM[kind], properties };
}

function line(tags) {
  if (tags.railway === 'rail') return { layer: 'rail', min: 11, properties: {} };
  if (tags.aeroway === 'runway' || tags.aeroway === 'taxiway') return { layer: 'aeroway', min: 10, properties: { class: tags.aeroway } };
  if (['river', 'canal', 'stream'].includes(tags.waterway) && !isTunnel(tags))
    return { layer: 'waterway', min: tags.waterway === 'stream' ? 12 : 10, properties: { class: tags.waterway } };
  if (tags.man_made === 'pier' || tags.man_made === 'breakwater') return { layer: 'road', min: 13, properties: { class: 'pier', name: '' } };
  return undefined;
}

function area(tags) {
  if (tags.building && tags.building !== 'no') return { layer: 'building', min: 13, properties: {} };
  if (tags.natural === 'water' || tags.waterway === 'riverbank' || tags.landuse === 'reservoir') return { layer: 'water', min: 10, properties: {} };
  if (tags.natural === 'sand' || tags.natural === 'beach') return { layer: 'sand', min: 11, properties: {} };
  for (const key of ['leisure', 'landuse', 'natural']) {
    const kind = GREEN[key][tags[key]];
    if (kind) return { layer: 'green', min: kind === 'grass' || kind === 'pitch' ? 13 : 10, properties: { class: kind } };
  }
  return undefined;
}

function place(tags) {
  if (!tags.name) return undefined;
  const min = { city: 9, town: 10, suburb: 11, hamlet: 12, neighbourhood: 13, islet: 13 }[tags.place];
  return min === undefined ? undefined : { layer: 'place', min, properties: { class: tags.place, name: tags.name } };
}

function poi(tags) {
  const kind = POI[tags.amenity];
  return kind && tags.name ? { layer: 'poi', min: 14, properties: { class: kind, name: tags.name } } : undefined;
}

export const isTunnel = (tags) => Boolean(tags.tunnel) && tags.tunnel !== 'no' && tags.tunnel !== 'culvert';

function geometryOf({ kind, parts }) {
  const degrees = parts.map((part) => part.map(degreesOf));
  if (kind === 'point') return { type: 'Point', coordinates: degrees[0][0] };
  if (kind === 'line') return { type: 'MultiLineString', coordinates: degrees };
  return { type: 'MultiPolygon', coordinates: polygonsOf(degrees) };
}

/** Rings of a vector tile: a ring that turns as the first one does begins a polygon, one that turns back is a hole in it. */
function polygonsOf(rings) {
  const polygons = [];
  const turns = Math.sign(areaOf(rings[0]));
  for (const ring of rings) {
    if (polygons.length === 0 || Math.sign(areaOf(ring)) === turns) polygons.push([ring]);
    else polygons.at(-1).push(ring);
  }
  return polygons;
}

export function areaOf(ring) {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) sum += (ring[j][0] - ring[i][0]) * (ring[j][1] + ring[i][1]);
  return sum / 2;
}
