// The base map's own style. It is the ground, not the figure: few hues, little contrast, so that units stand out; names where they help.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../units/appearance.js';

/** index.json of tools/basemap. */
export interface BasemapIndex {
  version: string;
  attribution: string;
  tilesets: Record<'world' | 'montevideo', { tiles: string; minzoom: number; maxzoom: number; bounds?: [number, number, number, number] }>;
}

interface Colors {
  sea: string; land: string; border: string; green: string; pitch: string; sand: string; building: string; apron: string; rail: string;
  casing: string; street: string; secondary: string; primary: string; trunk: string; path: string;
  text: string; quiet: string; water: string; halo: string; country: string; poi: string;
}

const LIGHT: Colors = {
  sea: '#c3d9e6', land: '#f3f1ec', border: '#bcb6ab', green: '#dbe7d0', pitch: '#d3e3cb', sand: '#f1e8d0', building: '#e6e1d8', apron: '#e3e2e3',
  rail: '#c4beb4', casing: '#d9d3c7', street: '#ffffff', secondary: '#ffffff', primary: '#fbf2da', trunk: '#f8e6bd', path: '#e2dbcd',
  text: '#4a5260', quiet: '#7d838c', water: '#5b86a3', halo: '#f8f6f2', country: '#5c5a66', poi: '#8b8197',
};

const DARK: Colors = {
  sea: '#0f1d2b', land: '#19222c', border: '#3f4a57', green: '#1b2a28', pitch: '#1e302b', sand: '#242a2d', building: '#202a35', apron: '#232d38',
  rail: '#36414e', casing: '#131b24', street: '#2b3744', secondary: '#324051', primary: '#3c4a5a', trunk: '#4a5361', path: '#242f3b',
  text: '#aab6c4', quiet: '#7e8b9a', water: '#5d86a6', halo: '#141c25', country: '#98a3b1', poi: '#8d88a0',
};

const FONT = ['system-ui', 'Segoe UI', 'Roboto', 'DejaVu Sans', 'sans-serif'];

type Expression = ['interpolate', ...unknown[]];
const byZoom = (...stops: number[]): Expression => ['interpolate', ['exponential', 1.55], ['zoom'], ...stops];
const linear = (...stops: number[]): Expression => ['interpolate', ['linear'], ['zoom'], ...stops];

/** Classes from the least to the most important, and their widths by zoom: [zoom, px]… */
const ROADS: { class: string[]; color: keyof Colors; from: number; width: number[]; case: number }[] = [
  { class: ['path', 'pier'], color: 'path', from: 14, width: [14, 0.6, 18, 4], case: 0 },
  { class: ['pedestrian'], color: 'street', from: 13, width: [13, 0.5, 16, 3.5, 19, 14], case: 1 },
  { class: ['service'], color: 'street', from: 13, width: [13, 0.4, 16, 3, 19, 12], case: 1 },
  { class: ['street'], color: 'street', from: 12, width: [12, 0.5, 14, 1.8, 16, 6, 19, 26], case: 1 },
  { class: ['tertiary'], color: 'street', from: 12, width: [12, 0.9, 14, 2.6, 16, 7.5, 19, 30], case: 1 },
  { class: ['secondary'], color: 'secondary', from: 11, width: [11, 0.8, 14, 3.4, 16, 9, 19, 34], case: 1 },
  { class: ['primary'], color: 'primary', from: 9, width: [9, 0.5, 12, 1.7, 14, 4.2, 16, 10, 19, 36], case: 1 },
  { class: ['trunk', 'motorway'], color: 'trunk', from: 9, width: [9, 0.8, 12, 2.2, 14, 5, 16, 11, 19, 38], case: 1 },
];

export function builtinStyle(theme: Theme, index: BasemapIndex, baseUrl: string): StyleSpecification {
  const c = theme === 'dark' ? DARK : LIGHT;
  const source = (name: 'world' | 'montevideo') => {
    const set = index.tilesets[name];
    return {
      type: 'vector' as const, tiles: [`${baseUrl}${set.tiles}?v=${index.version}`], minzoom: set.minzoom, maxzoom: set.maxzoom,
      ...(set.bounds ? { bounds: set.bounds } : {}), attribution: name === 'world' ? index.attribution : '',
    };
  };
  const layers = [
    { id: 'sea', type: 'background', paint: { 'background-color': c.sea } },
    ...worldGround(c), ...cityGround(c), ...roads(c), ...worldNames(c), ...cityNames(c),
  ];
  return { version: 8, name: `fieldcrm-${theme}`, sources: { world: source('world'), city: source('montevideo') }, layers: layers as LayerSpecification[] };
}

const world = (layer: string) => ({ source: 'world', 'source-layer': layer });
const city = (layer: string) => ({ source: 'city', 'source-layer': layer });

function worldGround(c: Colors): object[] {
  return [
    { id: 'land', type: 'fill', ...world('land'), paint: { 'fill-color': c.land } },
    { id: 'lake', type: 'fill', ...world('lake'), paint: { 'fill-color': c.sea } },
    { id: 'river', type: 'line', ...world('river'), minzoom: 3, paint: { 'line-color': c.sea, 'line-width': linear(3, 0.5, 8, 1.8) } },
    { id: 'border', type: 'line', ...world('border'), paint: { 'line-color': c.border, 'line-width': linear(1, 0.5, 6, 1.2), 'line-dasharray': [4, 2] } },
  ];
}

function cityGround(c: Colors): object[] {
  return [
    { id: 'city-land', type: 'fill', ...city('ground'), paint: { 'fill-color': c.land } },
    { id: 'city-sea', type: 'fill', ...city('sea'), paint: { 'fill-color': c.sea } },
    { id: 'sand', type: 'fill', ...city('sand'), paint: { 'fill-color': c.sand } },
    { id: 'green', type: 'fill', ...city('green'), filter: ['!', ['in', ['get', 'class'], ['literal', ['pitch', 'grass']]]], paint: { 'fill-color': c.green } },
    { id: 'grass', type: 'fill', ...city('green'), minzoom: 13, filter: ['==', ['get', 'class'], 'grass'], paint: { 'fill-color': c.green, 'fill-opacity': 0.7 } },
    { id: 'pitch', type: 'fill', ...city('green'), minzoom: 13, filter: ['==', ['get', 'class'], 'pitch'], paint: { 'fill-color': c.pitch } },
    { id: 'water', type: 'fill', ...city('water'), paint: { 'fill-color': c.sea } },
    { id: 'waterway', type: 'line', ...city('waterway'), paint: { 'line-color': c.sea, 'line-width': byZoom(10, 0.6, 14, 1.8, 18, 6) } },
    { id: 'aeroway', type: 'line', ...city('aeroway'), paint: { 'line-color': c.apron, 'line-width': ['match', ['get', 'class'], 'runway', 4, 1.5] } },
    { id: 'building', type: 'fill', ...city('building'), minzoom: 13.5, paint: { 'fill-color': c.building, 'fill-opacity': linear(13.5, 0, 14.5, 1) } },
    { id: 'rail', type: 'line', ...city('rail'), minzoom: 11, paint: { 'line-color': c.rail, 'line-width': byZoom(11, 0.6, 16, 2) } },
    { id: 'rail-ties', type: 'line', ...city('rail'), minzoom: 14, paint: { 'line-color': c.rail, 'line-width': byZoom(14, 3, 16, 6), 'line-dasharray': [0.2, 2.4] } },
  ];
}

/** First all casings, then all roads: crossings of one class and of two look like crossings. */
function roads(c: Colors): object[] {
  const filter = (classes: string[]) => ['in', ['get', 'class'], ['literal', classes]];
  const layout = { 'line-cap': 'round', 'line-join': 'round' };
  const casings = ROADS.filter((r) => r.case > 0).map((r) => ({
    id: `casing-${r.class[0]}`, type: 'line', ...city('road'), minzoom: Math.max(r.from, 11), filter: filter(r.class), layout,
    paint: { 'line-color': c.casing, 'line-width': byZoom(...r.width.map((v, i) => (i % 2 === 0 ? v : v + 1.4))), 'line-opacity': linear(11, 0.4, 14, 1) },
  }));
  const tops = ROADS.map((r) => ({
    id: `road-${r.class[0]}`, type: 'line', ...city('road'), minzoom: r.from, filter: filter(r.class), layout,
    paint: { 'line-color': c[r.color], 'line-width': byZoom(...r.width), 'line-opacity': ['case', ['==', ['get', 'tunnel'], 1], 0.45, 1] },
  }));
  return [...casings, ...tops];
}

const named = (color: string, halo: string, more: object = {}) => ({ 'text-color': color, 'text-halo-color': halo, 'text-halo-width': 1.3, ...more });

function cityNames(c: Colors): object[] {
  const roadName = (id: string, classes: string[], minzoom: number, size: Expression) => ({
    id, type: 'symbol', ...city('road'), minzoom, filter: ['all', ['!=', ['get', 'name'], ''], ['in', ['get', 'class'], ['literal', classes]]],
    layout: { 'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': size, 'symbol-spacing': 380, 'text-max-angle': 35 },
    paint: named(c.text, c.halo),
  });
  return [
    roadName('name-street', ['street', 'pedestrian', 'tertiary'], 14.6, linear(14.6, 10.5, 18, 13)),
    roadName('name-main', ['secondary', 'primary', 'trunk', 'motorway'], 13, linear(13, 10.5, 18, 14)),
    {
      id: 'poi', type: 'symbol', ...city('poi'), minzoom: 15.5,
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 10.5, 'text-max-width': 8, 'text-padding': 6 }, paint: named(c.poi, c.halo),
    },
    {
      id: 'hospital', type: 'symbol', ...city('poi'), minzoom: 14, maxzoom: 15.5,
      filter: ['in', ['get', 'class'], ['literal', ['hospital', 'police', 'fire']]],
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 10.5, 'text-max-width': 8, 'text-padding': 8 }, paint: named(c.poi, c.halo),
    },
    {
      id: 'neighbourhood', type: 'symbol', ...city('place'), minzoom: 13, maxzoom: 16, filter: ['in', ['get', 'class'], ['literal', ['neighbourhood', 'islet', 'hamlet']]],
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 11, 'text-max-width': 8, 'text-padding': 4 }, paint: named(c.quiet, c.halo),
    },
    {
      id: 'suburb', type: 'symbol', ...city('place'), minzoom: 11, maxzoom: 16.5, filter: ['in', ['get', 'class'], ['literal', ['suburb', 'town']]],
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': linear(11, 11, 15, 14), 'text-letter-spacing': 0.06, 'text-max-width': 7, 'text-padding': 6,
      },
      paint: named(c.quiet, c.halo, { 'text-halo-width': 1.6 }),
    },
  ];
}

function worldNames(c: Colors): object[] {
  const people = ['interpolate', ['linear'], ['ln', ['get', 'people']], 10, 10.5, 13, 12, 16, 15];
  return [
    {
      id: 'city', type: 'symbol', ...world('city'), maxzoom: 12,
      filter: ['any', ['<', ['zoom'], 10.5], ['>', ['get', 'people'], 60000]],
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': people, 'symbol-sort-key': ['-', 0, ['get', 'people']], 'text-max-width': 8, 'text-padding': 8,
      },
      paint: named(c.text, c.halo),
    },
    {
      id: 'country', type: 'symbol', ...world('country'), maxzoom: 7,
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': ['match', ['get', 'rank'], 1, 14, 2, 12.5, 11], 'text-letter-spacing': 0.08,
        'text-max-width': 6, 'text-padding': 6, 'symbol-sort-key': ['get', 'rank'],
      },
      paint: named(c.country, c.halo, { 'text-halo-width': 1.6 }),
    },
  ];
}
