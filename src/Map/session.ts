// One map's share of the live picture, without anything that draws: the store, the connection, what is hidden and selected, the rows.
import type { Cells } from './live/frames.js';
import { NOT_REPORTED } from './live/frames.js';
import { LiveClient, type Box, type Hub, type LiveSink, type UnitFilter } from './live/client.js';
import { UnitStore } from './live/store.js';
import type { Replay } from './replay/replay.js';
import type { UnitView } from './units/instances.js';
import type { Rows, Tell } from './types.js';

/** Rows go to the console at most this often. */
const ROWS_EVERY_MS = 1000;
/** So many rows the list can show at most; more are not asked for. */
const MAX_WATCHED_ROWS = 500;

export class Session implements UnitView, LiveSink {
  readonly store = new UnitStore();
  readonly client: LiveClient;
  cells: Cells | undefined;
  mode: 'units' | 'counts' = 'units';
  selected: number | null = null;
  /** Somebody chose something that is drawn. */
  onChange: () => void = () => undefined;
  /** A message came: units go on. */
  onMove: () => void = () => undefined;
  onCells: (cells: Cells | undefined) => void = () => undefined;
  private past: Past | null = null;
  /** Time spent taking messages in, for the figures. */
  applied = { messages: 0, ms: 0, longestMs: 0 };

  private hidden: Uint8Array | Set<number> = new Set();
  private filter: UnitFilter | null = null;
  private watched: { box: Box; zoom: number } | undefined;
  private rowUnits: number[] = [];
  private rowsAt = -Infinity;

  constructor(open: () => Hub, private readonly tell: Tell) {
    this.client = new LiveClient(open, this);
  }

  units(mode: number, baseUnixMs: number, blocks: Uint8Array[]): void {
    const started = performance.now();
    if (mode === 1 && this.mode === 'counts') {
      this.mode = 'units';
      this.cells = undefined;
      this.onCells(undefined);
    }
    this.store.apply(mode, baseUnixMs, blocks, started);
    this.afterMessage(started);
  }

  counts(_baseUnixMs: number, cells: Cells): void {
    const started = performance.now();
    this.mode = 'counts';
    if (this.store.count > 0) this.store.clear();
    this.cells = cells;
    this.onCells(cells);
    this.afterMessage(started);
  }

  connection(state: 'connecting' | 'live' | 'reconnecting' | 'gone', sinceUnixMs: number, serverClockOffsetMs: number): void {
    this.tell('OnConnection', { state, sinceUnixMs, serverClockOffsetMs });
  }

  problem(code: string, detail: string): void {
    this.tell('OnMapError', { code, detail });
  }

  serverUnixMs(): number {
    return Date.now() + this.client.clock.offsetMs;
  }

  /** How many units the view holds, as far as it is known. */
  unitCount(): number {
    if (this.mode === 'units' || !this.cells) return this.store.count;
    return this.cells.count.reduce((sum, n) => sum + n, 0);
  }

  isHidden(store: UnitStore, slot: number): boolean {
    return this.hides(store.unit[slot], store.kind[slot], store.availability[slot], store.motion[slot]);
  }

  /** What search and filter leave out. Availability is null where nobody knows what it was. */
  hides(unit: number, kind: number, availability: number | null, motion: number): boolean {
    const { hidden, filter } = this;
    if (hidden instanceof Set ? hidden.has(unit) : ((hidden[unit >>> 3] ?? 0) & (1 << (unit & 7))) !== 0) return true;
    return filter !== null
      && !(within(filter.kinds, kind) && (availability === null || within(filter.availabilities, availability)) && within(filter.motions, motion));
  }

  /** Rows come from a replay until null says that it is over. */
  showPast(past: Past | null): void {
    this.past = past;
    this.tellRows();
  }

  select(unit: number | null): void {
    this.selected = unit;
    this.redrawAll();
  }

  setHidden(hidden: Uint8Array | number[]): void {
    this.hidden = hidden instanceof Uint8Array ? hidden : new Set(hidden);
    this.redrawAll();
  }

  setFilter(filter: UnitFilter | null): void {
    this.filter = filter;
    if (this.watched) this.client.show(this.watched.box, this.watched.zoom, filter);
    this.redrawAll();
  }

  /** Watches a little more than the view, and again only when the view leaves that or the zoom is another. */
  show(view: Box, zoom: number): void {
    const { watched } = this;
    if (watched && contains(watched.box, view) && Math.abs(zoom - watched.zoom) < 0.5) return;
    this.watched = { box: widened(view), zoom };
    this.client.show(this.watched.box, zoom, this.filter);
  }

  watchRows(units: number[]): void {
    this.rowUnits = units.slice(0, MAX_WATCHED_ROWS);
    this.tellRows();
  }

  tellRows(): void {
    this.rowsAt = performance.now();
    if (this.rowUnits.length > 0) this.tell('OnRows', this.rowsNow());
  }

  rowsNow(): Rows {
    return this.rowsOf(this.rowUnits, this.past);
  }

  printable(): Rows {
    return this.rowsOf([...this.store.unit.subarray(0, this.store.count)].sort((a, b) => a - b), null);
  }

  /** Units of the picture that `isNamed` does not know. */
  unnamed(isNamed: (unit: number) => boolean): number[] {
    const units: number[] = [];
    for (let slot = 0; slot < this.store.count && units.length < MAX_WATCHED_ROWS; slot++) {
      if (!isNamed(this.store.unit[slot])) units.push(this.store.unit[slot]);
    }
    return units;
  }

  private afterMessage(started: number): void {
    const ms = performance.now() - started;
    this.applied.messages++;
    this.applied.ms += ms;
    this.applied.longestMs = Math.max(this.applied.longestMs, ms);
    if (!this.past && started - this.rowsAt >= ROWS_EVERY_MS) this.tellRows();
    this.onMove();
  }

  private rowsOf(units: number[], past: Past | null): Rows {
    const store = past?.replay.store ?? this.store;
    const slots = units.map((unit) => store.slotOf(unit)).filter((slot) => slot >= 0 && (past?.replay.isThere(slot) ?? true));
    const column = (values: ArrayLike<number>) => slots.map((slot) => values[slot]);
    const reported = (values: ArrayLike<number>) => slots.map((slot) => (values[slot] === NOT_REPORTED ? null : values[slot]));
    return {
      isPast: past !== null, serverUnixMs: past?.unixMs() ?? this.serverUnixMs(), unit: column(store.unit), latitudeE7: column(store.latitudeE7), longitudeE7: column(store.longitudeE7),
      fixedUnixMs: column(store.fixedUnixMs), heardUnixMs: column(store.heardUnixMs), speedCmps: reported(store.speedCmps),
      headingCdeg: reported(store.headingCdeg), accuracyDm: reported(store.accuracyDm), kind: column(store.kind),
      // A replay's store holds the class of the speed there.
      availability: past ? slots.map(() => 0) : column(store.availability), motion: column(store.motion), flags: column(store.flags), batteryPermille: reported(store.batteryPermille),
    };
  }

  private redrawAll(): void {
    (this.past?.replay.store ?? this.store).markAllDirty();
    this.onChange();
  }
}

/** A replay that is shown, and its clock. */
interface Past {
  replay: Replay;
  unixMs(): number;
}

/** What needs no drawing, for both kinds of map. */
export function sessionHandle(session: Session) {
  return {
    setHidden: (hidden: Uint8Array | number[]) => session.setHidden(hidden),
    setFilter: (filter: Parameters<Session['setFilter']>[0]) => session.setFilter(filter),
    watchRows: (units: number[]) => session.watchRows(units),
    rowsNow: () => session.rowsNow(),
    printable: () => session.printable(),
  };
}

const within = (mask: number, value: number): boolean => mask === 0 || (mask & (1 << value)) !== 0;

function widened({ south, west, north, east }: Box): Box {
  const height = (north - south) * 0.15;
  const width = (east - west) * 0.15;
  if (east - west + 2 * width >= 360) return { south: Math.max(-90, south - height), north: Math.min(90, north + height), west: -180, east: 180 };
  return { south: Math.max(-90, south - height), north: Math.min(90, north + height), west: wrapped(west - width), east: wrapped(east + width) };
}

/** Into −180…180; exactly the far edge stays where it is. */
const wrapped = (lon: number): number => (lon >= -180 && lon <= 180 ? lon : ((((lon + 180) % 360) + 360) % 360) - 180);

function contains(outer: Box, inner: Box): boolean {
  if (inner.south < Math.max(-85, outer.south) && outer.south > -85) return false;
  if (inner.north > outer.north && outer.north < 85) return false;
  if (outer.west === -180 && outer.east === 180) return true;
  const span = (from: number, to: number) => (((to - from) % 360) + 360) % 360;
  const width = span(outer.west, outer.east);
  const start = span(outer.west, wrapped(inner.west));
  return start <= width && start + Math.min(360, inner.east - inner.west) <= width;
}
