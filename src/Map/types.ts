// What the console and the map say to each other. docs/wire/LIVE.md names the same; change both together.
import type { ConnectionState, UnitFilter } from './live/client.js';
import type { Theme } from './units/appearance.js';

export type StyleChoice =
  /** Our own base map; `url` is the folder of tools/basemap, `/basemap/` where it is left out. */
  | { kind: 'builtin'; url?: string }
  /** A MapLibre style document; `origins` are those that it may load from besides its own. */
  | { kind: 'style'; url: string; attribution?: string; origins?: string[] }
  | TileChoice;

/** Tiles at {z}/{x}/{y}: streets, pictures of the ground under our names, or vector tiles in the schema of tools/basemap. */
export interface TileChoice {
  kind: 'raster' | 'satellite' | 'vector';
  url: string;
  attribution?: string;
  /** 0 and 19 unless said; 14 for vector tiles. */
  minZoom?: number;
  maxZoom?: number;
  /** Of a raster tile, 256 unless said. */
  tileSize?: number;
}

export type Measures = 'metric' | 'imperial';

export interface MapOptions {
  unitsHubUrl: string;
  style: StyleChoice;
  theme: Theme;
  /** Language of what the map says by itself. */
  locale: string;
  measures: Measures;
  view?: { lat: number; lon: number; zoom: number; bearing?: number };
  interactive: boolean;
}

/** A reference to the console's object; Blazor's DotNetObjectReference looks like this. */
export interface Callbacks {
  invokeMethodAsync(method: string, argument: unknown): Promise<unknown>;
}

/** Columns of equal length, a row a unit. null = not reported. */
export interface Rows {
  /** Of a replay: `serverUnixMs` is its clock, availability is not known, and units not seen by then are left out. */
  isPast: boolean;
  serverUnixMs: number;
  unit: number[];
  latitudeE7: number[];
  longitudeE7: number[];
  fixedUnixMs: number[];
  heardUnixMs: number[];
  speedCmps: (number | null)[];
  headingCdeg: (number | null)[];
  accuracyDm: (number | null)[];
  kind: number[];
  availability: number[];
  motion: number[];
  flags: number[];
  batteryPermille: (number | null)[];
}

export interface Track {
  unit: number;
  unixMs: number[];
  latitudeE7: number[];
  longitudeE7: number[];
  /** null = not reported. */
  speedCmps: (number | null)[];
  stops: { latitudeE7: number; longitudeE7: number; fromUnixMs: number; toUnixMs: number; text: string }[];
  /** Fixes that are not believed, shown on request. */
  marked?: { latitudeE7: number; longitudeE7: number; unixMs: number; text: string }[];
}

export interface Marker {
  id: string;
  lat: number;
  lon: number;
  text: string;
  /** An emergency is the only marker that is bright. */
  kind: 'place' | 'incident' | 'emergency';
}

export interface Nearest {
  lat: number;
  lon: number;
  units: { unit: number; lat: number; lon: number; text: string }[];
}

export interface ViewportReport {
  south: number;
  west: number;
  north: number;
  east: number;
  zoom: number;
  unitCount: number;
  mode: 'units' | 'counts';
}

/** Callback by name → its argument. */
export interface CallbackArguments {
  OnViewport: ViewportReport;
  OnPick: { units: number[]; lat: number; lon: number; x: number; y: number };
  OnContext: { unit: number | null; lat: number; lon: number; x: number; y: number };
  OnRows: Rows;
  OnConnection: { state: ConnectionState; sinceUnixMs: number; serverClockOffsetMs: number };
  OnFollow: { unit: number | null };
  /** Up to `loadedToUnixMs` everything is there; the clock waits for what comes after it. */
  OnReplay: { unixMs: number; playing: boolean; rate: number; loading: boolean; loadedToUnixMs: number; fixes: number };
  OnMapError: { code: string; detail: string };
  /** The chosen map came, or it does not: then the offline one is drawn where it is missing. */
  OnSource: { state: 'ready' | 'broken'; detail: string };
}

export type Tell = <K extends keyof CallbackArguments>(name: K, argument: CallbackArguments[K]) => void;

/** A value a step of time, over a span. */
export interface ReplayCurves {
  /** Units that moved. */
  moving: number[];
  /** null = not reported. */
  units: { unit: number; speedCmps: (number | null)[] }[];
}

export interface ReplayHandle {
  /** Loads docs/wire/REPLAY.md and stands at the first thing to see; resolves when all of it has come. Rejects with `CODE: …`. */
  load(url: string): Promise<{ fromUnixMs: number; toUnixMs: number; units: number[] }>;
  seek(unixMs: number): void;
  /** 1 to 60 times as fast as it was. */
  play(rate: number): void;
  pause(): void;
  /** Paths of these units stay beside that of the selected one, each in a colour of its own, in this order. */
  pin(units: number[]): void;
  curves(units: number[], fromUnixMs: number, toUnixMs: number, steps: number): ReplayCurves;
  /** Back to the live picture. */
  close(): void;
}

export interface MapHandle {
  setTheme(theme: Theme): void;
  setReader(locale: string, measures: Measures): void;
  setStyle(style: StyleChoice): Promise<void>;
  setView(view: { lat: number; lon: number; zoom?: number; bearing?: number }, animate?: boolean): void;
  fitBounds(bounds: { south: number; west: number; north: number; east: number }, maxZoom?: number): void;
  select(unit: number | null): void;
  follow(unit: number | null): void;
  /** Bit n of byte n >> 3 hides unit n; or a list of units. */
  setHidden(hidden: Uint8Array | number[]): void;
  setFilter(filter: UnitFilter | null): void;
  /** Names shown beside units where there is room; they add to those that are known. */
  addLabels(units: number[], texts: string[]): void;
  /** Units of the live picture whose names nobody has told yet, at most 500. */
  unnamed(): number[];
  watchRows(units: number[]): void;
  rowsNow(): Rows;
  setTrack(track: Track | null): void;
  setMarkers(markers: Marker[]): void;
  setNearest(nearest: Nearest | null): void;
  readonly replay: ReplayHandle;
  printable(): Rows;
  pause(): void;
  resume(): void;
  dispose(): void;
}
