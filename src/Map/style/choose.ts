// From what the console chose to a style that MapLibre takes.
import type { StyleSpecification } from 'maplibre-gl';
import type { MapOptions, StyleChoice } from '../types.js';
import type { Theme } from '../units/appearance.js';
import { builtinStyle, type BasemapIndex } from './builtin.js';

const DEFAULT_FOLDER = '/basemap/';
const indexes = new Map<string, Promise<BasemapIndex>>();

/** A style document, or the URL of one. Throws if the base map's index cannot be had. */
export async function styleFor(choice: StyleChoice, theme: Theme, overlays: MapOptions['overlays']): Promise<StyleSpecification | string> {
  if (choice.kind === 'style') return choice.url;
  if (choice.kind === 'raster') return withOverlays(rasterStyle(choice.url, choice.attribution, theme), overlays);
  const folder = new URL(choice.kind === 'builtin' ? (choice.url ?? DEFAULT_FOLDER) : DEFAULT_FOLDER, document.baseURI).href;
  const style = builtinStyle(theme, await indexAt(folder), folder);
  if (choice.kind === 'vector') {
    style.sources['city'] = { type: 'vector', tiles: [absolute(choice.url)], minzoom: 0, maxzoom: 14, attribution: choice.attribution ?? '' };
  }
  return withOverlays(style, overlays);
}

/** A page without its base map still shows units: plain ground, and the error is told. */
export const emptyStyle = (theme: Theme): StyleSpecification =>
  ({ version: 8, sources: {}, layers: [{ id: 'sea', type: 'background', paint: { 'background-color': theme === 'dark' ? '#19222c' : '#eceae4' } }] });

function indexAt(folder: string): Promise<BasemapIndex> {
  let index = indexes.get(folder);
  if (!index) {
    index = fetch(`${folder}index.json`).then((answer) => {
      if (!answer.ok) throw new Error(`${folder}index.json: ${answer.status}`);
      return answer.json() as Promise<BasemapIndex>;
    });
    index.catch(() => indexes.delete(folder));
    indexes.set(folder, index);
  }
  return index;
}

/** Relative URLs are resolved against the page; {z} and its kin stay as they are. */
const absolute = (url: string): string => new URL(url, document.baseURI).href.replaceAll('%7B', '{').replaceAll('%7D', '}');

function rasterStyle(url: string, attribution: string | undefined, theme: Theme): StyleSpecification {
  const ground = emptyStyle(theme);
  return {
    ...ground,
    sources: { raster: { type: 'raster', tiles: [absolute(url)], tileSize: 256, attribution: attribution ?? '' } },
    layers: [...ground.layers, { id: 'raster', type: 'raster', source: 'raster' }],
  };
}

/** Satellite pictures lie above the ground and below the names; they are shown when asked for. */
function withOverlays(style: StyleSpecification, overlays: MapOptions['overlays']): StyleSpecification {
  for (const { id, url } of overlays ?? []) {
    style.sources[id] = { type: 'raster', tiles: [absolute(url)], tileSize: 256 };
    const names = style.layers.findIndex((layer) => layer.type === 'symbol');
    style.layers.splice(names < 0 ? style.layers.length : names, 0, { id, type: 'raster', source: id, layout: { visibility: 'none' } });
  }
  return style;
}
