// Names beside units, where there is room: drawn once into an atlas, then moved by the GPU as the units are.
import type { UnitStore } from '../live/store.js';
import { paletteOf, type Theme } from './appearance.js';
import { link, useCorners, type Program } from './gl.js';
import type { InstanceWriter } from './instances.js';
import type { Scene } from './layer.js';
import { LABEL_FRAGMENT, LABEL_VERTEX } from './shaders.js';

/** More would not be read. It also bounds the atlas. */
export const MAX_LABELS = 120;
/** More than a map shows one by one; beyond, those from before are forgotten. */
const MAX_NAMES = 20_000;
const ATLAS_WIDTH = 2048;
const FONT_PX = 11;
const FLOATS = 10;

/** Names by unit, and which of them are shown now. `version` counts up when the choice changes. */
export class LabelSet {
  version = 0;
  chosen: number[] = [];
  private readonly names = new Map<number, string>();

  /** Adds names to those that are known, and replaces them. Only what reads differently is drawn again. */
  addNames(units: readonly number[], texts: readonly string[]): void {
    if (this.names.size + units.length > MAX_NAMES) this.names.clear();
    const shown = new Set(this.chosen);
    units.forEach((unit, i) => {
      const text = texts[i] ?? '';
      if (this.names.get(unit) === text) return;
      this.names.set(unit, text);
      if (shown.has(unit)) this.version++;
    });
  }

  nameOf(unit: number): string | undefined {
    return this.names.get(unit);
  }

  /** Takes candidates, best first, as long as their rectangles stay apart. Rectangles are [x, y] of the unit in CSS pixels. */
  choose(candidates: Iterable<{ unit: number; x: number; y: number }>): void {
    const taken: number[][] = [];
    const chosen: number[] = [];
    for (const { unit, x, y } of candidates) {
      const name = this.names.get(unit);
      if (!name) continue;
      const half = (name.length * FONT_PX * 0.58 + 8) / 2;
      const box = [x - half, y - 30, x + half, y + 8];
      if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
      taken.push(box);
      if (chosen.push(unit) === MAX_LABELS) break;
    }
    if (chosen.length === this.chosen.length && chosen.every((unit, i) => unit === this.chosen[i])) return;
    this.chosen = chosen;
    this.version++;
  }
}

export class LabelDrawer {
  private program: Program | undefined;
  private vao: WebGLVertexArrayObject | undefined;
  private buffer: WebGLBuffer | undefined;
  private texture: WebGLTexture | undefined;
  private canvas: HTMLCanvasElement | undefined;
  private drawnAs = '';
  private readonly places = new Map<number, [number, number, number, number]>();
  private readonly data = new Float32Array(MAX_LABELS * FLOATS);

  create(gl: WebGL2RenderingContext, corners: WebGLBuffer): void {
    this.program = link(gl, LABEL_VERTEX, LABEL_FRAGMENT);
    this.buffer = gl.createBuffer();
    this.texture = gl.createTexture();
    this.vao = gl.createVertexArray();
    gl.bindVertexArray(this.vao);
    useCorners(gl, corners);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [index, size, offset] of [[1, 4, 0], [2, 2, 16], [3, 4, 24]] as const) {
      gl.vertexAttribPointer(index, size, gl.FLOAT, false, FLOATS * 4, offset);
      gl.enableVertexAttribArray(index);
      gl.vertexAttribDivisor(index, 1);
    }
    gl.bindVertexArray(null);
    this.drawnAs = '';
  }

  destroy(gl: WebGL2RenderingContext): void {
    if (this.program) gl.deleteProgram(this.program.program);
    gl.deleteBuffer(this.buffer ?? null);
    gl.deleteTexture(this.texture ?? null);
    gl.deleteVertexArray(this.vao ?? null);
  }

  draw(gl: WebGL2RenderingContext, scene: Scene, writer: InstanceWriter, matrix: Float32Array, viewport: [number, number], ratio: number,
    radius: number, theme: Theme): void {
    const { program } = this;
    if (!program || scene.labels.chosen.length === 0) return;
    this.redraw(gl, scene.labels, ratio, theme);
    const count = this.fill(scene.store, scene.labels, writer);
    if (count === 0 || !this.canvas) return;
    gl.useProgram(program.program);
    gl.bindVertexArray(this.vao ?? null);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer ?? null);
    gl.bufferData(gl.ARRAY_BUFFER, this.data.subarray(0, count * FLOATS), gl.STREAM_DRAW);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture ?? null);
    gl.uniform1i(program.uniform('uTexture'), 0);
    gl.uniformMatrix4fv(program.uniform('uMatrix'), false, matrix);
    gl.uniform2f(program.uniform('uViewport'), viewport[0], viewport[1]);
    gl.uniform2f(program.uniform('uAtlas'), this.canvas.width, this.canvas.height);
    gl.uniform1f(program.uniform('uNow'), (scene.nowMs() - writer.epochMs) / 1000);
    gl.uniform1f(program.uniform('uOffset'), radius + 3);
    gl.uniform1f(program.uniform('uRatio'), ratio);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  }

  private fill(store: UnitStore, labels: LabelSet, writer: InstanceWriter): number {
    let count = 0;
    for (const unit of labels.chosen) {
      const slot = store.slotOf(unit);
      const place = this.places.get(unit);
      if (slot < 0 || !place) continue;
      this.data.set([store.fromX[slot] - writer.originX, store.fromY[slot] - writer.originY, store.toX[slot] - writer.originX,
        store.toY[slot] - writer.originY, (store.glideStartMs[slot] - writer.epochMs) / 1000, store.glideMs[slot] / 1000, ...place], count++ * FLOATS);
    }
    return count;
  }

  private redraw(gl: WebGL2RenderingContext, labels: LabelSet, ratio: number, theme: Theme): void {
    const wanted = `${labels.version}/${ratio}/${theme}`;
    if (wanted === this.drawnAs) return;
    this.drawnAs = wanted;
    const height = Math.ceil((FONT_PX + 8) * ratio);
    const font = `600 ${FONT_PX * ratio}px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
    const canvas = (this.canvas ??= document.createElement('canvas'));
    const measure = canvas.getContext('2d');
    if (!measure) return;
    measure.font = font;
    this.places.clear();
    let x = 0;
    let y = 0;
    for (const unit of labels.chosen) {
      const width = Math.min(ATLAS_WIDTH, Math.ceil(measure.measureText(labels.nameOf(unit) ?? '').width + 10 * ratio));
      if (x + width > ATLAS_WIDTH) [x, y] = [0, y + height];
      this.places.set(unit, [x, y, width, height]);
      x += width;
    }
    canvas.width = ATLAS_WIDTH;
    canvas.height = Math.max(height, y + height);
    this.drawTexts(canvas, labels, font, ratio, theme);
    gl.bindTexture(gl.TEXTURE_2D, this.texture ?? null);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  private drawTexts(canvas: HTMLCanvasElement, labels: LabelSet, font: string, ratio: number, theme: Theme): void {
    const context = canvas.getContext('2d');
    if (!context) return;
    const palette = paletteOf(theme);
    context.font = font;
    context.textBaseline = 'middle';
    for (const [unit, [x, y, width, height]] of this.places) {
      // A plate under the name: it is read over streets and over other names alike.
      context.fillStyle = `${palette.labelHalo}d9`;
      context.beginPath();
      context.roundRect(x + ratio, y + 2 * ratio, width - 2 * ratio, height - 4 * ratio, 4 * ratio);
      context.fill();
      context.fillStyle = palette.label;
      context.fillText(labels.nameOf(unit) ?? '', x + 5 * ratio, y + height / 2 + 0.5 * ratio);
    }
  }
}
