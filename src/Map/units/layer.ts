// The units on the map: one custom layer, drawn straight from the store. Between two fixes the GPU moves what it draws; the CPU only
// writes what a message changed.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibreMap } from 'maplibre-gl';
import type { UnitStore } from '../live/store.js';
import { paletteOf, radiusAt, rgbOf, type Theme } from './appearance.js';
import { cornerBuffer, link, movedMatrix, useCorners, type Program } from './gl.js';
import { INSTANCE_BYTES, InstanceWriter, type UnitView } from './instances.js';
import { LabelDrawer, type LabelSet } from './labels.js';
import { DISC_FRAGMENT, DISC_VERTEX, UNIT_FRAGMENT, UNIT_VERTEX } from './shaders.js';

export const UNITS_LAYER = 'fieldcrm-units';

/** The origin is moved when the view is further from it than this, in pixels: beyond, a 32-bit float would jitter. */
const ORIGIN_REACH_PX = 2 ** 18;
const EPOCH_REACH_MS = 3_600_000;

/** What the layer draws, and the clocks it draws by. Live and replay are two of these. */
export interface Scene {
  store: UnitStore;
  view: UnitView;
  labels: LabelSet;
  /** The clock of glides, ms. */
  nowMs(): number;
  /** The server's time, ms since 1970; ages are measured against it. */
  unixNowMs(): number;
  /** Replays colour by speed: `availability` of the store then holds the speed's class. */
  colors?: 'speed';
}

export class UnitsLayer implements CustomLayerInterface {
  readonly id = UNITS_LAYER;
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;
  theme: Theme = 'light';
  /** A reader who asked for less motion sees alarms stand still. */
  stillAlarms = false;
  /** Frames drawn and milliseconds spent in `render`, for the figures. */
  frames = 0;
  renderMs = 0;

  private map: MapLibreMap | undefined;
  private units: Program | undefined;
  private disc: Program | undefined;
  private corners: WebGLBuffer | undefined;
  private buffer: WebGLBuffer | undefined;
  private vao: WebGLVertexArrayObject | undefined;
  private discVao: WebGLVertexArrayObject | undefined;
  private readonly writer = new InstanceWriter();
  private readonly labelDrawer = new LabelDrawer();
  private uploaded: UnitStore | undefined;
  private readonly matrix = new Float32Array(16);
  private readonly spot: [number, number] = [0, 0];

  constructor(private scene: Scene) {}

  setScene(scene: Scene): void {
    this.scene = scene;
    this.uploaded = undefined;
    this.map?.triggerRepaint();
  }

  onAdd(map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.units = link(gl, UNIT_VERTEX, UNIT_FRAGMENT);
    this.disc = link(gl, DISC_VERTEX, DISC_FRAGMENT);
    this.corners = cornerBuffer(gl);
    this.buffer = gl.createBuffer();
    this.vao = gl.createVertexArray();
    gl.bindVertexArray(this.vao);
    useCorners(gl, this.corners);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    const floats = (index: number, size: number, offset: number) => gl.vertexAttribPointer(index, size, gl.FLOAT, false, INSTANCE_BYTES, offset);
    floats(1, 4, 0);
    floats(2, 3, 16);
    gl.vertexAttribPointer(3, 2, gl.UNSIGNED_SHORT, true, INSTANCE_BYTES, 28);
    gl.vertexAttribIPointer(4, 4, gl.UNSIGNED_BYTE, INSTANCE_BYTES, 32);
    for (let i = 1; i <= 4; i++) {
      gl.enableVertexAttribArray(i);
      gl.vertexAttribDivisor(i, 1);
    }
    this.discVao = gl.createVertexArray();
    gl.bindVertexArray(this.discVao);
    useCorners(gl, this.corners);
    gl.bindVertexArray(null);
    this.labelDrawer.create(gl, this.corners);
    this.uploaded = undefined;
  }

  onRemove(_map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.labelDrawer.destroy(gl);
    for (const program of [this.units, this.disc]) if (program) gl.deleteProgram(program.program);
    for (const vao of [this.vao, this.discVao]) if (vao) gl.deleteVertexArray(vao);
    for (const buffer of [this.buffer, this.corners]) if (buffer) gl.deleteBuffer(buffer);
    this.map = undefined;
  }

  render(gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const started = performance.now();
    const { map, units } = this;
    if (!map || !units || !this.vao) return;
    this.upload(gl, map);
    const matrix = input.defaultProjectionData.mainMatrix as unknown as ArrayLike<number>;
    const canvas = map.getCanvas();
    const viewport: [number, number] = [canvas.clientWidth, canvas.clientHeight];
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    for (const world of worldsIn(map)) {
      movedMatrix(matrix, this.writer.originX + world, this.writer.originY, this.matrix);
      this.drawAccuracy(gl, map);
      this.drawUnits(gl, units, map, viewport);
      this.labelDrawer.draw(gl, this.scene, this.writer, this.matrix, viewport, canvas.width / viewport[0], radiusAt(map.getZoom()), this.theme);
    }
    gl.bindVertexArray(null);
    this.frames++;
    this.renderMs += performance.now() - started;
  }

  private upload(gl: WebGL2RenderingContext, map: MapLibreMap): void {
    const { store, view } = this.scene;
    const { writer } = this;
    const all = this.moveOrigin(map) || writer.reserve(store.count) || this.uploaded !== store;
    const from = all ? 0 : store.dirtyFrom;
    const to = all ? store.count : Math.min(store.dirtyTo, store.count);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer ?? null);
    if (to > from) writer.write(store, from, to, view);
    if (all) gl.bufferData(gl.ARRAY_BUFFER, writer.bytes, gl.DYNAMIC_DRAW);
    else if (to > from) gl.bufferSubData(gl.ARRAY_BUFFER, from * INSTANCE_BYTES, new Uint8Array(writer.bytes, from * INSTANCE_BYTES, (to - from) * INSTANCE_BYTES));
    store.takeDirty();
    this.uploaded = store;
  }

  private moveOrigin(map: MapLibreMap): boolean {
    const { writer, scene } = this;
    const center = map.getCenter();
    const x = center.lng / 360 + 0.5;
    const y = mercatorYOf(center.lat);
    const pixels = 512 * 2 ** map.getZoom();
    const far = Math.max(Math.abs(x - writer.originX), Math.abs(y - writer.originY)) * pixels > ORIGIN_REACH_PX;
    const late = Math.abs(scene.nowMs() - writer.epochMs) > EPOCH_REACH_MS || Math.abs(scene.unixNowMs() - writer.unixEpochMs) > EPOCH_REACH_MS;
    if (far) {
      writer.originX = x;
      writer.originY = y;
    }
    if (late) {
      writer.epochMs = scene.nowMs();
      writer.unixEpochMs = scene.unixNowMs();
    }
    return far || late;
  }

  private drawUnits(gl: WebGL2RenderingContext, { program, uniform }: Program, map: MapLibreMap, viewport: [number, number]): void {
    const { scene, writer } = this;
    const palette = paletteOf(this.theme);
    gl.useProgram(program);
    gl.bindVertexArray(this.vao ?? null);
    gl.uniformMatrix4fv(uniform('uMatrix'), false, this.matrix);
    gl.uniform2f(uniform('uViewport'), viewport[0], viewport[1]);
    gl.uniform1f(uniform('uNow'), (scene.nowMs() - writer.epochMs) / 1000);
    gl.uniform1f(uniform('uUnixNow'), (scene.unixNowMs() - writer.unixEpochMs) / 1000);
    gl.uniform1f(uniform('uRadius'), radiusAt(map.getZoom()));
    gl.uniform1f(uniform('uBearing'), (map.getBearing() * Math.PI) / 180);
    gl.uniform1f(uniform('uPulse'), this.stillAlarms ? 0.35 : (performance.now() % 1200) / 1200);
    const bySpeed = scene.colors === 'speed';
    gl.uniform3fv(uniform('uAvailability'), (bySpeed ? [...palette.speed, palette.aged] : palette.availability).flatMap(rgbOf));
    gl.uniform1i(uniform('uSigns'), bySpeed ? 0 : 1);
    for (const [name, hex] of [['uAged', palette.aged], ['uOutline', palette.outline], ['uSign', palette.sign], ['uHollow', palette.hollow],
      ['uAlarm', palette.alarm], ['uSelection', palette.selection]] as const) gl.uniform3fv(uniform(name), rgbOf(hex));
    for (const pass of [0, 1]) {
      gl.uniform1i(uniform('uPass'), pass);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, scene.store.count);
    }
  }

  private drawAccuracy(gl: WebGL2RenderingContext, map: MapLibreMap): void {
    const { scene, writer, disc } = this;
    const { store } = scene;
    const slot = scene.view.selected === null ? -1 : store.slotOf(scene.view.selected);
    if (slot < 0 || !disc || store.accuracyDm[slot] === 0xffff) return;
    const metres = store.accuracyDm[slot] / 10;
    const radius = metres / (40_075_016.686 * Math.cos((store.latitudeE7[slot] / 1e7) * (Math.PI / 180)));
    const pixels = radius * 512 * 2 ** map.getZoom();
    if (pixels < radiusAt(map.getZoom())) return;
    store.drawnAt(slot, scene.nowMs(), this.spot);
    gl.useProgram(disc.program);
    gl.bindVertexArray(this.discVao ?? null);
    gl.uniformMatrix4fv(disc.uniform('uMatrix'), false, this.matrix);
    gl.uniform3f(disc.uniform('uDisc'), this.spot[0] - writer.originX, this.spot[1] - writer.originY, radius);
    gl.uniform3fv(disc.uniform('uColor'), rgbOf(paletteOf(this.theme).availability[2]));
    gl.uniform1f(disc.uniform('uPixel'), 1 / pixels);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

/** The copies of the world that the view shows: 0, and its neighbours where the antimeridian is in sight. */
function worldsIn(map: MapLibreMap): number[] {
  const bounds = map.getBounds();
  const first = Math.floor((bounds.getWest() + 180) / 360);
  const last = Math.floor((bounds.getEast() + 180) / 360);
  return Array.from({ length: Math.min(5, last - first + 1) }, (_, i) => first + i);
}

function mercatorYOf(latitude: number): number {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}
