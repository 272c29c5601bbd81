// From what the console chose to a style that MapLibre takes. Pictures and streets of others lie over our own base map, which therefore
// stays where they have no tile.
import type { SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { StyleChoice, TileChoice } from '../types.js';
import type { Theme } from '../units/appearance.js';
import { builtinStyle, type BasemapIndex } from './builtin.js';
import { adopted, type StyleDocument } from './document.js';

const DEFAULT_FOLDER = '/basemap/';
const TILES = 'fc-tiles';
const indexes = new Map<string, Promise<BasemapIndex>>();

/** A style, and which of its sources are the chosen map's, to be watched. */
export interface Ground {
  style: StyleSpecification;
  watched: string[];
}

/** @throws where the base map's index or the style document cannot be had, or the document cannot be used. */
export async function groundFor(choice: StyleChoice, theme: Theme): Promise<Ground> {
  if (choice.kind === 'style') {
    const style = adopted(await read<StyleDocument>(absolute(choice.url)), absolute(choice.url), [location.origin, ...(choice.origins ?? [])], choice.attribution);
    const watched = Object.entries(style.sources).filter(([, source]) => ['vector', 'raster', 'raster-dem'].includes(source.type)).map(([id]) => id);
    return { style, watched };
  }
  const folder = new URL(choice.kind === 'builtin' ? (choice.url ?? DEFAULT_FOLDER) : DEFAULT_FOLDER, document.baseURI).href;
  const isOver = choice.kind === 'raster' || choice.kind === 'satellite'; // then it does without ours
  const style = await indexAt(folder).then((index) => builtinStyle(theme, index, folder), (error: unknown) => {
    if (isOver) return emptyStyle(theme);
    throw error;
  });
  if (choice.kind === 'builtin') return { style, watched: [] };
  const names = style.layers.findIndex((layer) => layer.type === 'symbol');
  if (choice.kind === 'vector') {
    style.sources['city'] = tiles('vector', choice);
    return { style, watched: ['city'] };
  }
  style.sources[TILES] = { ...tiles('raster', choice), tileSize: choice.tileSize ?? 256 } as SourceSpecification;
  // Streets bring their own names and cover ours; a picture of the ground has none, so ours stay above it.
  const at = choice.kind === 'satellite' && names >= 0 ? names : style.layers.length;
  style.layers.splice(at, 0, { id: TILES, type: 'raster', source: TILES });
  return { style, watched: [TILES] };
}

/** A page without its base map still shows units: plain ground, and the error is told. */
export const emptyStyle = (theme: Theme): StyleSpecification =>
  ({ version: 8, sources: {}, layers: [{ id: 'sea', type: 'background', paint: { 'background-color': theme === 'dark' ? '#19222c' : '#eceae4' } }] });

function tiles(type: 'raster' | 'vector', { url, attribution, minZoom, maxZoom }: TileChoice): SourceSpecification {
  return { type, tiles: [absolute(url)], minzoom: minZoom ?? 0, maxzoom: maxZoom ?? (type === 'vector' ? 14 : 19), attribution: attribution ?? '' };
}

function indexAt(folder: string): Promise<BasemapIndex> {
  let index = indexes.get(folder);
  if (!index) {
    index = read<BasemapIndex>(`${folder}index.json`);
    index.catch(() => indexes.delete(folder));
    indexes.set(folder, index);
  }
  return index;
}

async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`${new URL(url).host}: ${answer.status}`);
  return answer.json() as Promise<T>;
}

/** Relative URLs are resolved against the page; {z} and its kin stay as they are. */
const absolute = (url: string): string => new URL(url, document.baseURI).href.replaceAll('%7B', '{').replaceAll('%7D', '}');
