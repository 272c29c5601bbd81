// How often the picture is drawn: smooth where something is seen to move, and no oftener. Seen from far above, a fleet creeps by a pixel a
// second, and drawing the whole ground thirty times for it only heats a laptop.
import type { UnitStore } from './live/store.js';

/** Never oftener: a laptop's fan is heard. */
export const SHORTEST_MS = 1000 / 30;
/** Never rarer while something moves: a unit that has just come in must not be waited for. */
export const LONGEST_MS = 250;
/** Less than this is not seen as a jump. */
const STEP_PX = 0.7;
/** An alarm's pulse wants this. */
const PULSE_MS = 1000 / 15;
/** A movement takes no longer (live/store.ts); after it nothing is drawn until something comes. */
const GLIDE_MS = 2000;

/** The longest time between two frames, ms, in which no unit moves further than a step. `worldPx` is the width of the world in pixels. */
export function frameMs(store: UnitStore, nowMs: number, worldPx: number, stillAlarms: boolean): number {
  let fastest = 0;
  let pulses = false;
  for (let slot = 0; slot < store.count; slot++) {
    pulses ||= (store.flags[slot] & 2) !== 0;
    const glide = store.glideMs[slot];
    if (glide <= 0 || nowMs > store.glideStartMs[slot] + glide) continue;
    const moved = Math.max(Math.abs(store.toX[slot] - store.fromX[slot]), Math.abs(store.toY[slot] - store.fromY[slot])) / glide;
    if (moved > fastest) fastest = moved;
  }
  const longest = pulses && !stillAlarms ? PULSE_MS : LONGEST_MS;
  return Math.min(longest, Math.max(SHORTEST_MS, STEP_PX / Math.max(1e-12, fastest * worldPx)));
}

/** When frames are drawn. `pace` is asked for the time until the next one, `rests` whether nobody looks. */
export class Frames {
  private frame = 0;
  private timer = 0;
  private drawnAt = -Infinity;
  private asked = false;
  private until = 0;

  constructor(private readonly draw: (nowMs: number) => void, private readonly pace: () => number, private readonly rests: () => boolean) {}

  /** Somebody chose something: he sees it at once, and still not oftener than at the fastest pace. */
  soon(): void {
    this.asked = true;
    clearTimeout(this.timer);
    this.timer = 0;
    this.moves();
  }

  /** Something moves from now on for a while. */
  moves(): void {
    this.until = performance.now() + GLIDE_MS;
    this.next();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = this.timer = 0;
    this.until = 0;
  }

  private next(): void {
    if (this.frame || this.timer || this.rests()) return;
    const wait = this.drawnAt + (this.asked ? SHORTEST_MS : this.pace()) - performance.now();
    if (wait <= SHORTEST_MS / 2) {
      this.request();
      return;
    }
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (!this.rests()) this.request();
    }, wait);
  }

  private request(): void {
    this.frame = requestAnimationFrame((nowMs) => {
      this.frame = 0;
      if (this.rests()) return;
      this.drawnAt = nowMs;
      this.asked = false;
      this.draw(nowMs);
      if (performance.now() < this.until) this.next();
    });
  }
}
