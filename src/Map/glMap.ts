// The map on a GPU: MapLibre for the ground, our layer for the units, and what a hand does to both.
import { Map as MapLibreMap, setWorkerUrl, type MapMouseEvent } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { Controls, textsOf } from './controls.js';
import { frameMs, Frames, SHORTEST_MS } from './pace.js';
import { Overlays } from './overlay/geojson.js';
import { timeAt } from './overlay/trackHit.js';
import { ReplayStage } from './replay/stage.js';
import type { Session } from './session.js';
import { emptyStyle } from './style/choose.js';
import { Ground } from './style/ground.js';
import type { MapOptions, Measures, Tell, Track } from './types.js';
import { radiusAt, type Theme } from './units/appearance.js';
import { LabelSet } from './units/labels.js';
import { UnitsLayer, UNITS_LAYER, type Scene } from './units/layer.js';
import { pick, REACH_PX, screenTransform, type ScreenTransform } from './units/picking.js';

/** Labels appear from this zoom on, or where few units are in sight. */
const LABEL_ZOOM = 13.2;
const FEW_UNITS = 60;
/** Numbers are read, not watched: a picture of counts is drawn at most this often, whatever the server's tick. */
const CELLS_EVERY_MS = 500;
const VIEWPORT_EVERY_MS = 1000;
const LABELS_EVERY_MS = 1000;

export class GlMap {
  readonly map: MapLibreMap;
  readonly overlays: Overlays;
  readonly ground: Ground;
  readonly layer: UnitsLayer;
  readonly stage: ReplayStage;
  readonly labels = new LabelSet();
  private readonly frames = new Frames((now) => this.drawFrame(now), () => this.pace(), () => document.hidden || this.paused);
  private readonly controls: Controls;
  private locale = 'en';
  private readonly live: Scene;
  private followed: number | null = null;
  private tracks: readonly Track[] = [];
  private theme: Theme;
  private paused = false;
  private viewportAt = -Infinity;
  private labelsAt = -Infinity;
  private cellsAt = -Infinity;
  private cellsTimer = 0;
  private readonly ended = new AbortController();

  constructor(element: HTMLElement, options: MapOptions, private readonly session: Session, private readonly tell: Tell) {
    setWorkerUrl(new URL(workerUrl, import.meta.url).href);
    this.theme = options.theme;
    this.live = {
      store: session.store, view: session, labels: this.labels, nowMs: () => performance.now(), unixNowMs: () => session.serverUnixMs(),
    };
    this.layer = new UnitsLayer(this.live);
    this.layer.theme = this.theme;
    this.layer.stillAlarms = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const view = options.view ?? { lat: -34.885, lon: -56.165, zoom: 11.6 };
    this.map = new MapLibreMap({
      container: element, style: emptyStyle(this.theme), center: [view.lon, view.lat], zoom: view.zoom, bearing: view.bearing ?? 0,
      interactive: options.interactive, attributionControl: false, maxPitch: 0, pitchWithRotate: false, fadeDuration: 120, minZoom: 1, maxZoom: 19,
      locale: textsOf(options.locale),
    });
    this.overlays = new Overlays(this.map);
    this.ground = new Ground(this.map, this.theme, tell, () => {
      this.map.addLayer(this.layer);
      this.overlays.add(this.theme, UNITS_LAYER);
    });
    this.stage = new ReplayStage(tell, session, () => this.switchScene(), (paths) => {
      this.drawTracks(paths);
      this.changed();
    });
    this.controls = new Controls(this.map, options.interactive);
    this.setReader(options.locale, options.measures);
    this.listen();
    session.onChange = () => this.changed();
    session.onMove = () => this.frames.moves();
    session.onCells = () => this.drawCellsSoon();
  }

  async setTheme(theme: Theme): Promise<void> {
    if (theme === this.theme) return;
    this.theme = theme;
    this.layer.theme = theme;
    await this.ground.setTheme(theme);
    if (this.map.getLayer(UNITS_LAYER)) this.overlays.add(this.theme, UNITS_LAYER); // else they come with the style that is on its way
    this.map.triggerRepaint();
  }

  setReader(locale: string, measures: Measures): void {
    this.locale = locale;
    this.controls.show(locale, measures);
    this.drawCellsSoon();
  }

  select(unit: number | null): void {
    this.session.select(unit);
    this.stage.select(unit);
    this.chooseLabels(true);
    this.changed();
  }

  /** Whoever begins or ends it, it is told: a button that says so must not depend on who pressed it. */
  follow(unit: number | null): void {
    if (this.followed === unit) return;
    this.followed = unit;
    this.tell('OnFollow', { unit });
    if (unit !== null && this.map.getZoom() < 14) this.map.easeTo({ zoom: 14.5, duration: 400 });
    this.changed();
  }

  addLabels(units: number[], texts: string[]): void {
    this.labels.addNames(units, texts);
    this.chooseLabels(true);
    this.changed();
  }

  /** The live picture's track; a replay has its own. */
  setTrack(track: Track | null): void {
    if (!this.replay) this.drawTracks(track ? [track] : []);
  }

  seek(unixMs: number): void {
    this.stage.player.seek(unixMs);
    this.stage.tellRows(performance.now(), true);
    this.changed();
  }

  play(rate: number): void {
    this.stage.player.play(rate, performance.now());
    this.changed();
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (!paused) this.changed();
  }

  dispose(): void {
    this.ended.abort();
    this.ground.end();
    this.frames.stop();
    clearTimeout(this.cellsTimer);
    this.stage.player.close();
    this.map.remove();
  }

  private get replay() {
    return this.stage.player.replay;
  }

  private get scene(): Scene {
    const { player } = this.stage;
    const { replay } = player;
    if (!replay) return this.live;
    return { store: replay.store, view: replay, labels: this.labels, nowMs: () => player.unixMs, unixNowMs: () => player.unixMs, colors: 'speed' };
  }

  private drawTracks(tracks: readonly Track[]): void {
    this.tracks = tracks;
    this.overlays.setTracks(tracks);
  }

  private listen(): void {
    const { map } = this;
    map.on('move', () => this.watchView());
    map.on('moveend', () => this.reportViewport(true));
    map.on('resize', () => this.watchView());
    map.on('click', (event) => this.clicked(event));
    map.on('contextmenu', (event) => this.context(event.point.x, event.point.y));
    map.on('dragstart', () => this.follow(null));
    map.on('mousemove', (event) => this.hover(event));
    map.on('error', (event) => {
      this.ground.failed((event as { sourceId?: string }).sourceId, event.error);
      this.tell('OnMapError', { code: 'map.error', detail: event.error?.message ?? 'unknown' });
    });
    map.on('webglcontextlost', () => this.tell('OnMapError', { code: 'webgl.lost', detail: 'the graphics context was lost' }));
    const { signal } = this.ended;
    map.getCanvas().addEventListener('keydown', (event) => this.key(event), { signal });
    document.addEventListener('visibilitychange', () => this.changed(), { signal });
    this.watchView();
  }

  private key(event: KeyboardEvent): void {
    const { width, height } = this.size();
    // Arrow keys are the keyboard's way of dragging the map away.
    if (event.key.startsWith('Arrow') && !event.shiftKey) this.follow(null);
    if (event.key === 'Enter') this.pickAt(width / 2, height / 2, 40);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) this.context(width / 2, height / 2);
    else return;
    event.preventDefault();
  }

  private clicked(event: MapMouseEvent): void {
    const { x, y } = event.point;
    const touch = (event.originalEvent as PointerEvent).pointerType === 'touch';
    const reach = touch ? REACH_PX.touch : REACH_PX.mouse;
    if (this.replay && pick(this.scene.store, this.scene.view, this.scene.nowMs(), this.transform(), x, y, 6).length === 0) {
      const unixMs = timeAt(this.tracks, this.transform(), x, y, touch ? 16 : 9);
      if (unixMs !== null) {
        this.seek(unixMs);
        return;
      }
    }
    this.pickAt(x, y, reach + radiusAt(this.map.getZoom()));
  }

  private pickAt(x: number, y: number, reachPx: number): void {
    const { scene } = this;
    const units = pick(scene.store, scene.view, scene.nowMs(), this.transform(), x, y, reachPx);
    if (units.length === 0 && !this.replay && this.session.mode === 'counts' && this.zoomIntoCell(x, y)) return;
    const { lat, lng } = this.map.unproject([x, y]);
    this.tell('OnPick', { units, lat, lon: lng, x, y });
  }

  private zoomIntoCell(x: number, y: number): boolean {
    if (!this.map.getLayer('fc-count') || this.map.queryRenderedFeatures([x, y], { layers: ['fc-count'] }).length === 0) return false;
    this.map.easeTo({ center: this.map.unproject([x, y]), zoom: this.map.getZoom() + 2 });
    return true;
  }

  private context(x: number, y: number): void {
    const { scene } = this;
    const unit = pick(scene.store, scene.view, scene.nowMs(), this.transform(), x, y, REACH_PX.mouse + radiusAt(this.map.getZoom()))[0] ?? null;
    const { lat, lng } = this.map.unproject([x, y]);
    this.tell('OnContext', { unit, lat, lon: lng, x, y });
  }

  private hover(event: MapMouseEvent): void {
    if (event.originalEvent.buttons !== 0) return;
    const { scene } = this;
    const { x, y } = event.point;
    const over = pick(scene.store, scene.view, scene.nowMs(), this.transform(), x, y, REACH_PX.mouse + radiusAt(this.map.getZoom())).length > 0
      || (this.replay !== undefined && timeAt(this.tracks, this.transform(), x, y, 9) !== null);
    this.map.getCanvas().style.cursor = over ? 'pointer' : '';
  }

  private size(): { width: number; height: number } {
    const canvas = this.map.getCanvas();
    return { width: canvas.clientWidth, height: canvas.clientHeight };
  }

  /** Pixels now, for every pick and label. */
  transform(): ScreenTransform {
    const { lng, lat } = this.map.getCenter();
    const { width, height } = this.size();
    const sine = Math.sin((lat * Math.PI) / 180);
    return screenTransform(lng / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI), this.map.getZoom(), this.map.getBearing(), width, height);
  }

  private watchView(): void {
    const bounds = this.map.getBounds();
    this.session.show({ south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast() }, this.map.getZoom());
    this.chooseLabels(false);
  }

  private reportViewport(now: boolean): void {
    if (!now && performance.now() - this.viewportAt < VIEWPORT_EVERY_MS) return;
    this.viewportAt = performance.now();
    const bounds = this.map.getBounds();
    this.tell('OnViewport', {
      south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast(), zoom: this.map.getZoom(),
      unitCount: this.session.unitCount(), mode: this.session.mode,
    });
  }

  private drawCellsSoon(): void {
    if (this.cellsTimer) return;
    const draw = () => {
      this.cellsTimer = 0;
      this.cellsAt = performance.now();
      this.overlays.setCells(this.replay ? undefined : this.session.cells, this.locale);
    };
    const wait = this.session.cells ? this.cellsAt + CELLS_EVERY_MS - performance.now() : 0;
    if (wait <= 0) draw();
    else this.cellsTimer = window.setTimeout(draw, wait);
  }

  /** Between the live picture and a replay. */
  private switchScene(): void {
    this.layer.setScene(this.scene);
    this.drawCellsSoon();
    this.chooseLabels(true);
    this.changed();
  }

  private chooseLabels(now: boolean): void {
    const time = performance.now();
    if (!now && time - this.labelsAt < LABELS_EVERY_MS / 4) return;
    this.labelsAt = time;
    const { scene } = this;
    this.labels.choose(labelCandidates(scene, this.transform(), this.size(), this.map.getZoom() >= LABEL_ZOOM ? Infinity : FEW_UNITS));
  }

  private changed(): void {
    this.frames.soon();
  }

  private pace(): number {
    if (this.followed !== null || this.replay) return SHORTEST_MS;
    return frameMs(this.session.store, performance.now(), 512 * 2 ** this.map.getZoom(), this.layer.stillAlarms);
  }

  private drawFrame(now: number): void {
    const { player } = this.stage;
    player.advance(performance.now());
    if (player.playing) this.stage.tellRows(now, false);
    if (now - this.labelsAt >= LABELS_EVERY_MS) this.chooseLabels(true);
    if (now - this.viewportAt >= VIEWPORT_EVERY_MS) this.reportViewport(false);
    this.stayOnFollowed();
    this.map.triggerRepaint();
    if (player.playing) this.frames.moves();
  }

  private stayOnFollowed(): void {
    const { scene, followed } = this;
    const slot = followed === null ? -1 : scene.store.slotOf(followed);
    if (slot < 0 || this.map.isZooming() || this.map.isRotating()) return;
    const spot: [number, number] = [0, 0];
    scene.store.drawnAt(slot, scene.nowMs(), spot);
    const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * spot[1]))) * 180) / Math.PI;
    this.map.jumpTo({ center: [(spot[0] - 0.5) * 360, lat] });
  }
}

/** The selected unit, then open alarms, then the others in the view; nobody but the selected where there are more than `limit`. */
function* labelCandidates(scene: Scene, [a, b, c, d, e, f]: ScreenTransform, { width, height }: { width: number; height: number }, limit: number) {
  const { store, view } = scene;
  const spot: [number, number] = [0, 0];
  const inView: { unit: number; x: number; y: number; rank: number }[] = [];
  for (let slot = 0; slot < store.count; slot++) {
    store.drawnAt(slot, scene.nowMs(), spot);
    const x = a * spot[0] + c * spot[1] + e;
    const y = b * spot[0] + d * spot[1] + f;
    if (x < 0 || y < 0 || x > width || y > height || view.isHidden(store, slot)) continue;
    inView.push({ unit: store.unit[slot], x, y, rank: store.unit[slot] === view.selected ? 0 : (store.flags[slot] & 2) !== 0 ? 1 : 2 });
  }
  inView.sort((p, q) => p.rank - q.rank || p.unit - q.unit);
  yield* inView.length > limit ? inView.filter((u) => u.rank < 2) : inView;
}
