// What is drawn by MapLibre itself, beside the units: counts, tracks, markers, lines to the nearest. Few features, rarely changed.
import type { GeoJSONSource, LayerSpecification, Map as MapLibreMap } from 'maplibre-gl';
import type { Cells } from '../live/frames.js';
import { paletteOf, type Palette, type Theme } from '../units/appearance.js';
import { speedClassOf } from '../replay/replay.js';
import type { Marker, Nearest, Track } from '../types.js';

type Position = [number, number];
type Geometry = { type: 'Point'; coordinates: Position } | { type: 'LineString'; coordinates: Position[] };
interface Feature {
  type: 'Feature';
  geometry: Geometry;
  properties: Record<string, string | number>;
}

const LABELLED_PX = 110;
const WORLD_PX = 512; // at zoom 0, as MapLibre counts
const MAX_ZOOM = 24;
const SOURCES = ['fc-counts', 'fc-track', 'fc-markers', 'fc-nearest'] as const;
type SourceName = (typeof SOURCES)[number];

const FONT = ['system-ui', 'Segoe UI', 'Roboto', 'DejaVu Sans', 'sans-serif'];

/** Gaps longer than this are no way that was driven. */
export const TRACK_GAP_MS = 5 * 60_000;

const point = (lon: number, lat: number, properties: Record<string, string | number>): Feature =>
  ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties });
const line = (coordinates: Position[], properties: Record<string, string | number>): Feature =>
  ({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties });

export class Overlays {
  private readonly features: Record<SourceName, Feature[]> = { 'fc-counts': [], 'fc-track': [], 'fc-markers': [], 'fc-nearest': [] };

  constructor(private readonly map: MapLibreMap) {}

  /** Puts sources and layers on the map: below the units (`before`), counts above. Called again after every change of style. */
  add(theme: Theme, before: string): void {
    for (const name of SOURCES) {
      if (!this.map.getSource(name)) this.map.addSource(name, { type: 'geojson', data: collection(this.features[name]), tolerance: 0.2 });
    }
    for (const layer of layersOf(paletteOf(theme))) {
      if (this.map.getLayer(layer.id)) this.map.removeLayer(layer.id);
      this.map.addLayer(layer, before);
    }
  }

  setCells(cells: Cells | undefined, locale: string): void {
    const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
    const features: Feature[] = [];
    for (let i = 0; i < (cells?.length ?? 0); i++) {
      if (!cells) break;
      features.push(point(cells.longitudeE7[i] / 1e7, cells.latitudeE7[i] / 1e7, {
        n: cells.count[i], alarms: cells.alarms[i], text: cells.count[i] < 1000 ? String(cells.count[i]) : short.format(cells.count[i]),
      }));
    }
    this.set('fc-counts', features);
  }

  /** One track in the colours of its speed; of several each in a colour of its own, in their order. */
  setTracks(tracks: readonly Track[]): void {
    this.set('fc-track', tracks.flatMap((track, i) => [...trackLines(track, tracks.length > 1 ? i : null), ...trackPoints(track)]));
  }

  setMarkers(markers: readonly Marker[]): void {
    this.set('fc-markers', markers.map((m) => point(m.lon, m.lat, { kind: m.kind, text: m.text })));
  }

  setNearest(nearest: Nearest | null): void {
    // The distance stands at a point: a line is cut where tiles meet, and would carry it once a piece.
    const features = nearest ? nearest.units.flatMap((u) => [
      line([[nearest.lon, nearest.lat], [u.lon, u.lat]], {}),
      point((nearest.lon + u.lon) / 2, (nearest.lat + u.lat) / 2, { text: u.text, from: zoomWhereLong(nearest, u) }),
    ]) : [];
    this.set('fc-nearest', nearest ? [...features, point(nearest.lon, nearest.lat, { spot: 1 })] : []);
  }

  /** What the last call gave a source, for the harness. */
  countOf(name: SourceName): number {
    return this.features[name].length;
  }

  private set(name: SourceName, features: Feature[]): void {
    if (features.length === 0 && this.features[name].length === 0) return;
    this.features[name] = features;
    (this.map.getSource(name) as GeoJSONSource | undefined)?.setData(collection(features));
  }
}

const collection = (features: Feature[]) => ({ type: 'FeatureCollection' as const, features });

/** Runs of one speed class; each begins where the one before ends. With a number of its own, runs without a gap. */
function trackLines(track: Track, own: number | null): Feature[] {
  const features: Feature[] = [];
  let run: Position[] = [];
  let speed = -1;
  const close = () => {
    if (run.length > 1) features.push(line(run, own === null ? { speed } : { own }));
    run = [];
  };
  for (let i = 0; i < track.unixMs.length; i++) {
    const here: Position = [track.longitudeE7[i] / 1e7, track.latitudeE7[i] / 1e7];
    if (i > 0 && track.unixMs[i] - track.unixMs[i - 1] > TRACK_GAP_MS) close();
    const next = own ?? speedClassOf(track.speedCmps[i]);
    if (run.length > 0 && next !== speed) {
      run.push(here);
      close();
    }
    speed = next;
    run.push(here);
  }
  close();
  return features;
}

/** The zoom from which on a line is long enough to carry a distance, which else lies under the unit that it leads to. */
export function zoomWhereLong(from: { lon: number; lat: number }, to: { lon: number; lat: number }): number {
  const y = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  const share = Math.hypot((to.lon - from.lon) / 360, y(to.lat) - y(from.lat)); // of the world's width
  return share === 0 ? MAX_ZOOM + 1 : Math.log2(LABELLED_PX / (WORLD_PX * share));
}

function trackPoints(track: Track): Feature[] {
  return [
    ...track.stops.map((s) => point(s.longitudeE7 / 1e7, s.latitudeE7 / 1e7, { stop: 1, text: s.text })),
    ...(track.marked ?? []).map((m) => point(m.longitudeE7 / 1e7, m.latitudeE7 / 1e7, { marked: 1, text: m.text })),
  ];
}

function layersOf(p: Palette): LayerSpecification[] {
  const isLine = ['==', ['geometry-type'], 'LineString'];
  const layout = { 'line-cap': 'round', 'line-join': 'round' };
  const speed = ['case', ['has', 'own'], ['match', ['%', ['get', 'own'], p.paths.length], ...p.paths.flatMap((color, i) => [i, color]), p.aged],
    ['match', ['get', 'speed'], ...p.speed.flatMap((color, i) => [i, color]), p.aged]];
  const text = { 'text-font': FONT, 'text-field': ['get', 'text'], 'text-size': 12 };
  const words = { 'text-color': p.label, 'text-halo-color': p.labelHalo, 'text-halo-width': 1.6 };
  const markerColor = ['match', ['get', 'kind'], 'emergency', p.alarm, 'incident', p.selection, p.count];
  const layers: unknown[] = [
    { id: 'fc-track-case', type: 'line', source: 'fc-track', filter: isLine, layout, paint: { 'line-color': p.track, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 4, 16, 9] } },
    { id: 'fc-track', type: 'line', source: 'fc-track', filter: isLine, layout, paint: { 'line-color': speed, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 2.4, 16, 5.5] } },
    { id: 'fc-stop', type: 'circle', source: 'fc-track', filter: ['==', ['get', 'stop'], 1], paint: { 'circle-radius': 5.5, 'circle-color': p.hollow, 'circle-stroke-color': p.selection, 'circle-stroke-width': 2 } },
    { id: 'fc-marked', type: 'circle', source: 'fc-track', filter: ['==', ['get', 'marked'], 1], paint: { 'circle-radius': 3, 'circle-color': p.aged, 'circle-opacity': 0.7 } },
    { id: 'fc-stop-name', type: 'symbol', source: 'fc-track', minzoom: 13, filter: ['has', 'text'], layout: { ...text, 'text-size': 11, 'text-offset': [0, 1.1], 'text-anchor': 'top' }, paint: words },
    { id: 'fc-nearest', type: 'line', source: 'fc-nearest', filter: isLine, layout, paint: { 'line-color': p.selection, 'line-width': 1.6, 'line-dasharray': [1.5, 2.2], 'line-opacity': 0.8 } },
    { id: 'fc-nearest-name', type: 'symbol', source: 'fc-nearest', filter: ['all', ['has', 'text'], ['>=', ['zoom'], ['get', 'from']]], layout: text, paint: words },
    { id: 'fc-nearest-spot', type: 'circle', source: 'fc-nearest', filter: ['has', 'spot'], paint: { 'circle-radius': 5, 'circle-color': p.selection, 'circle-stroke-color': p.outline, 'circle-stroke-width': 2 } },
    { id: 'fc-marker', type: 'circle', source: 'fc-markers', paint: { 'circle-radius': 7, 'circle-color': markerColor, 'circle-stroke-color': p.outline, 'circle-stroke-width': 2.2 } },
    { id: 'fc-marker-name', type: 'symbol', source: 'fc-markers', layout: { ...text, 'text-offset': [0, 0.9], 'text-anchor': 'top', 'text-optional': true }, paint: words },
    ...countLayers(p),
  ];
  return layers as LayerSpecification[];
}

/** Circles whose area grows with the count; a bright rim where somebody in the cell has an alarm. */
function countLayers(p: Palette): unknown[] {
  const radius = (extra: number) => ['interpolate', ['linear'], ['sqrt', ['get', 'n']], 1, 8 + extra, 10, 14 + extra, 32, 20 + extra, 100, 28 + extra, 320, 40 + extra];
  const order = { 'circle-sort-key': ['get', 'n'] };
  return [
    { id: 'fc-count-alarm', type: 'circle', source: 'fc-counts', filter: ['>', ['get', 'alarms'], 0], paint: { 'circle-radius': radius(5), 'circle-color': p.alarm, 'circle-opacity': 0.95 } },
    {
      id: 'fc-count', type: 'circle', source: 'fc-counts', layout: order,
      paint: { 'circle-radius': radius(0), 'circle-color': p.count, 'circle-opacity': 0.9, 'circle-stroke-color': p.countRim, 'circle-stroke-width': 2 },
    },
    {
      id: 'fc-count-text', type: 'symbol', source: 'fc-counts',
      layout: { 'text-field': ['get', 'text'], 'text-font': FONT, 'text-size': 12, 'text-allow-overlap': true, 'text-ignore-placement': true, 'symbol-sort-key': ['get', 'n'] },
      paint: { 'text-color': p.countText },
    },
  ];
}
