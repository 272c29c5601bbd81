// The map where there is no WebGL: a small SVG that shows the same units and gives the same picks. Main streets and the sea are drawn from
// the base map's own tiles; it is redrawn once a second, and with every move.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { BasemapIndex } from '../style/builtin.js';
import { make } from './svg.js';
import { fillZoomButtons } from './zoomButtons.js';
import { sessionHandle, type Session } from '../session.js';
import { wordsOf } from '../text.js';
import type { MapHandle, MapOptions, Tell } from '../types.js';
import { FADE_FROM_S, paletteOf, STALE_FROM_S, type Theme } from '../units/appearance.js';
import { LabelSet } from '../units/labels.js';
import { pick, screenTransform, type ScreenTransform } from '../units/picking.js';

/** More shapes than this make a page without a GPU slow; the rest are counted. */
const MAX_DRAWN = 1500;
const REDRAW_MS = 1000;
const MAX_TILES = 12;

export class SvgMap {
  private readonly svg: SVGSVGElement;
  private readonly ground: SVGGElement;
  private readonly units: SVGGElement;
  private readonly caption: HTMLElement;
  private x = 0.5;
  private y = 0.5;
  private zoom = 11;
  private theme: Theme;
  private index: BasemapIndex | undefined;
  private folder = '/basemap/';
  private groundKey = '';
  private drawnAt = -Infinity;
  private timer = 0;
  private drag: { x: number; y: number; moved: boolean } | undefined;
  private followed: number | null = null;
  private readonly labels = new LabelSet();
  private readonly buttons: HTMLElement;

  constructor(private readonly element: HTMLElement, options: MapOptions, private readonly session: Session, private readonly tell: Tell) {
    this.theme = options.theme;
    this.svg = make('svg', { class: 'fc-svg', role: 'application', tabindex: '0' });
    this.ground = make('g', { class: 'fc-ground' });
    this.units = make('g', { class: 'fc-units' });
    this.svg.append(this.ground, this.units);
    this.caption = document.createElement('p');
    this.caption.className = 'fc-caption';
    this.buttons = document.createElement('div');
    this.buttons.className = 'fc-zoom';
    element.append(this.svg, this.caption, this.buttons);
    this.setReader(options.locale);
    const view = options.view ?? { lat: -34.885, lon: -56.165, zoom: 11.6 };
    this.moveTo(view.lat, view.lon, view.zoom);
    this.listen();
    if (options.style.kind === 'builtin' && options.style.url) this.folder = options.style.url;
    void this.loadIndex();
    session.onChange = session.onMove = () => this.schedule();
    session.onCells = () => this.schedule();
  }

  handle(): MapHandle {
    const nothing = () => undefined;
    return {
      ...sessionHandle(this.session),
      setTheme: (theme) => {
        this.theme = theme;
        this.draw();
      },
      setReader: (locale) => this.setReader(locale),
      setStyle: async () => undefined,
      setView: ({ lat, lon, zoom }) => this.moveTo(lat, lon, zoom ?? this.zoom),
      fitBounds: ({ south, west, north, east }) => this.fit(south, west, north, east),
      select: (unit) => this.session.select(unit),
      follow: (unit) => {
        this.follow(unit);
        this.schedule();
      },
      addLabels: (units, texts) => {
        this.labels.addNames(units, texts);
        this.schedule();
      },
      unnamed: () => this.session.unnamed((unit) => this.labels.nameOf(unit) !== undefined),
      setTrack: nothing, setMarkers: nothing, setNearest: nothing,
      replay: {
        load: () => Promise.reject(new Error('webgl.missing: a replay is drawn by the GPU')), seek: nothing, play: nothing, pause: nothing, pin: nothing,
        curves: () => ({ moving: [], units: [] }), close: nothing,
      },
      pause: () => this.session.client.stop(),
      resume: () => this.session.client.start(),
      dispose: () => {
        clearTimeout(this.timer);
        for (const part of [this.svg, this.caption, this.buttons]) part.remove();
      },
    };
  }

  private setReader(locale: string): void {
    const words = wordsOf(locale);
    this.svg.setAttribute('aria-label', words.map);
    fillZoomButtons(this.buttons, words, (step) => this.zoomBy(step));
  }

  private size(): { width: number; height: number } {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 };
  }

  private transform(): ScreenTransform {
    const { width, height } = this.size();
    return screenTransform(this.x, this.y, this.zoom, 0, width, height);
  }

  private listen(): void {
    const { svg } = this;
    svg.addEventListener('pointerdown', (event) => {
      this.drag = { x: event.offsetX, y: event.offsetY, moved: false };
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener('pointermove', (event) => {
      const { drag } = this;
      if (!drag) return;
      const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
      if (!drag.moved && Math.hypot(dx, dy) < 4) return;
      this.drag = { x: event.offsetX, y: event.offsetY, moved: true };
      this.moveBy(-dx, -dy);
    });
    svg.addEventListener('pointerup', (event) => {
      if (this.drag && !this.drag.moved) this.pickAt(event.offsetX, event.offsetY, 14);
      this.drag = undefined;
    });
    svg.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 0.5 : -0.5);
    }, { passive: false });
    svg.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      const { lat, lon } = this.placeAt(event.offsetX, event.offsetY);
      this.tell('OnContext', { unit: this.unitsAt(event.offsetX, event.offsetY, 14)[0] ?? null, lat, lon, x: event.offsetX, y: event.offsetY });
    });
    svg.addEventListener('keydown', (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    const { width, height } = this.size();
    const steps: Record<string, () => void> = {
      ArrowLeft: () => this.moveBy(-80, 0), ArrowRight: () => this.moveBy(80, 0), ArrowUp: () => this.moveBy(0, -80), ArrowDown: () => this.moveBy(0, 80),
      '+': () => this.zoomBy(1), '=': () => this.zoomBy(1), '-': () => this.zoomBy(-1), Enter: () => this.pickAt(width / 2, height / 2, 40),
    };
    if (!steps[event.key]) return;
    steps[event.key]();
    event.preventDefault();
  }

  private unitsAt(x: number, y: number, reach: number): number[] {
    return pick(this.session.store, this.session, performance.now(), this.transform(), x, y, reach);
  }

  private pickAt(x: number, y: number, reach: number): void {
    this.tell('OnPick', { units: this.unitsAt(x, y, reach), ...this.placeAt(x, y), x, y });
  }

  private placeAt(px: number, py: number): { lat: number; lon: number } {
    const { width, height } = this.size();
    const scale = 512 * 2 ** this.zoom;
    return placeOf(this.x + (px - width / 2) / scale, this.y + (py - height / 2) / scale);
  }

  private moveTo(lat: number, lon: number, zoom: number): void {
    const sine = Math.sin((lat * Math.PI) / 180);
    this.x = lon / 360 + 0.5;
    this.y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    this.zoom = Math.min(17, Math.max(1, zoom));
    this.draw();
  }

  private fit(south: number, west: number, north: number, east: number): void {
    const { width, height } = this.size();
    const spanX = (((east - west) % 360) + 360) % 360 / 360;
    const spanY = Math.abs(north - south) / 360;
    this.moveTo((south + north) / 2, west + spanX * 180, Math.min(16, Math.log2(Math.min(width / spanX, height / spanY) / 512) - 0.3));
  }

  private moveBy(dx: number, dy: number): void {
    const scale = 512 * 2 ** this.zoom;
    this.x = (((this.x + dx / scale) % 1) + 1) % 1;
    this.y = Math.min(1, Math.max(0, this.y + dy / scale));
    this.follow(null);
    this.draw();
  }

  private follow(unit: number | null): void {
    if (this.followed === unit) return;
    this.followed = unit;
    this.tell('OnFollow', { unit });
  }

  private zoomBy(step: number): void {
    this.zoom = Math.min(17, Math.max(1, this.zoom + step));
    this.draw();
  }

  private schedule(): void {
    if (this.timer) return;
    const wait = Math.max(0, this.drawnAt + REDRAW_MS - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (!document.hidden) this.draw();
    }, wait);
  }

  private draw(): void {
    this.drawnAt = performance.now();
    const { width, height } = this.size();
    const { store } = this.session;
    const slot = this.followed === null ? -1 : store.slotOf(this.followed);
    if (slot >= 0) [this.x, this.y] = [store.toX[slot], store.toY[slot]];
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const a = this.placeAt(0, height);
    const b = this.placeAt(width, 0);
    this.session.show({ south: a.lat, west: a.lon, north: b.lat, east: b.lon }, this.zoom);
    this.drawUnits(width, height);
    void this.drawGround(width, height);
    this.tell('OnViewport', { south: a.lat, west: a.lon, north: b.lat, east: b.lon, zoom: this.zoom, unitCount: this.session.unitCount(), mode: this.session.mode });
  }

  private drawUnits(width: number, height: number): void {
    const { session } = this;
    const { store } = session;
    const [scale, , , , e, f] = this.transform();
    const shapes: SVGElement[] = [];
    const places: { unit: number; x: number; y: number }[] = [];
    const now = session.serverUnixMs();
    for (let slot = 0; slot < store.count && shapes.length < MAX_DRAWN; slot++) {
      const x = scale * store.toX[slot] + e;
      const y = scale * store.toY[slot] + f;
      if (x < -9 || y < -9 || x > width + 9 || y > height + 9 || (session.isHidden(store, slot) && store.unit[slot] !== session.selected)) continue;
      shapes.push(this.shapeOf(slot, x, y, (now - store.fixedUnixMs[slot]) / 1000));
      places.push({ unit: store.unit[slot], x, y });
    }
    this.labels.choose(places.sort((p, q) => Number(q.unit === session.selected) - Number(p.unit === session.selected)));
    for (const { unit, x, y } of places) {
      if (!this.labels.chosen.includes(unit)) continue;
      const name = make('text', { class: 'fc-name', 'text-anchor': 'middle', x: x.toFixed(1), y: (y + 21).toFixed(1) });
      name.textContent = this.labels.nameOf(unit) ?? '';
      shapes.push(name);
    }
    for (let i = 0; i < (session.cells?.length ?? 0) && session.cells; i++) {
      const x = scale * (session.cells.longitudeE7[i] / 3.6e9 + 0.5) + e;
      const sine = Math.sin((session.cells.latitudeE7[i] / 1e7) * (Math.PI / 180));
      const y = scale * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) + f;
      const group = make('g', { class: 'fc-count', transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
      const text = make('text', { 'text-anchor': 'middle', dy: '4' });
      text.textContent = String(session.cells.count[i]);
      group.append(make('circle', { r: String(10 + Math.min(22, Math.sqrt(session.cells.count[i]))), fill: paletteOf(this.theme).count }), text);
      shapes.push(group);
    }
    this.units.replaceChildren(...shapes);
    const counted = store.count > shapes.length ? `${shapes.length} / ${store.count} · ` : '';
    this.caption.textContent = `${counted}${this.index?.attribution ?? ''}`;
  }

  private shapeOf(slot: number, x: number, y: number, ageS: number): SVGElement {
    const { store, selected } = this.session;
    const palette = paletteOf(this.theme);
    const alarm = (store.flags[slot] & 2) !== 0;
    const old = ageS >= STALE_FROM_S || (store.flags[slot] & 1) !== 0;
    const color = alarm ? palette.alarm : ageS > FADE_FROM_S ? palette.aged : palette.availability[Math.min(5, store.availability[slot])];
    const moves = store.motion[slot] === 1 && store.headingCdeg[slot] !== 0xffff;
    const paths = ['M-6-6h12v12h-12z', 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z', 'M0-8L8 0L0 8L-8 0z'];
    const shape = make('path', {
      d: moves && store.kind[slot] === 0 ? 'M0-9L7 7L0 3L-7 7z' : paths[Math.min(2, store.kind[slot])],
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})${moves ? ` rotate(${store.headingCdeg[slot] / 100})` : ''}`,
      fill: old ? palette.hollow : color, stroke: old ? color : store.unit[slot] === selected ? palette.selection : palette.outline,
      'stroke-width': store.unit[slot] === selected ? '3' : '1.5', 'data-unit': String(store.unit[slot]),
    });
    return shape;
  }

  private async loadIndex(): Promise<void> {
    try {
      const folder = new URL(this.folder, document.baseURI).href;
      this.index = (await (await fetch(`${folder}index.json`)).json()) as BasemapIndex;
      this.folder = folder;
      this.draw();
    } catch (error) {
      this.tell('OnMapError', { code: 'basemap.missing', detail: String(error) });
    }
  }

  private async drawGround(width: number, height: number): Promise<void> {
    const { index } = this;
    if (!index) return;
    const set = this.zoom >= 9 ? index.tilesets.montevideo : index.tilesets.world;
    const z = Math.max(set.minzoom, Math.min(12, set.maxzoom, Math.round(this.zoom - 1)));
    const n = 2 ** z;
    const scale = 512 * 2 ** this.zoom;
    const half = { x: width / 2 / scale, y: height / 2 / scale };
    const tiles: [number, number][] = [];
    for (let x = Math.floor((this.x - half.x) * n); x <= (this.x + half.x) * n; x++) {
      for (let y = Math.max(0, Math.floor((this.y - half.y) * n)); y <= Math.min(n - 1, (this.y + half.y) * n); y++) tiles.push([((x % n) + n) % n, y]);
    }
    const key = `${z}:${tiles.join(';')}`;
    const shift = `translate(${width / 2 - this.x * scale} ${height / 2 - this.y * scale}) scale(${scale / n / 4096})`;
    this.ground.setAttribute('transform', shift);
    if (key === this.groundKey) return;
    this.groundKey = key;
    const drawn = await Promise.all(tiles.slice(0, MAX_TILES).map(([x, y]) => this.tile(set.tiles, z, x, y, index.version)));
    if (this.groundKey === key) this.ground.replaceChildren(...drawn.flat());
  }

  private async tile(template: string, z: number, x: number, y: number, version: string): Promise<SVGElement[]> {
    const url = template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
    const answer = await fetch(`${this.folder}${url}?v=${version}`).catch(() => undefined);
    if (!answer?.ok || answer.status === 204) return [];
    const { layers } = new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer())));
    return ['land', 'ground', 'sea', 'lake', 'green', 'road'].flatMap((name) => {
      const layer = layers[name];
      if (!layer) return [];
      let d = '';
      for (let i = 0; i < layer.length; i++) {
        const feature = layer.feature(i);
        if (name === 'road' && !['trunk', 'primary', 'secondary', 'tertiary'].includes(String(feature.properties['class']))) continue;
        for (const part of feature.loadGeometry()) d += part.map((p, k) => `${k === 0 ? 'M' : 'L'}${p.x} ${p.y}`).join('') + (name === 'road' ? '' : 'z');
      }
      return [make('path', { class: `fc-${name}`, d, transform: `translate(${x * 4096} ${y * 4096})` })];
    });
  }
}

function placeOf(x: number, y: number): { lat: number; lon: number } {
  return { lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * Math.min(1, Math.max(0, y))))) * 180) / Math.PI, lon: ((((x % 1) + 1) % 1) - 0.5) * 360 };
}
