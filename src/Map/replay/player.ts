// Loads a replay and runs its clock.
import { chunkLength, readChunk, ReplayError } from './format.js';
import { Replay } from './replay.js';
import type { Tell } from '../types.js';

export const SLOWEST = 1;
export const FASTEST = 60;
const TELL_EVERY_MS = 200;

export class Player {
  replay: Replay | undefined;
  unixMs = 0;
  playing = false;
  rate = SLOWEST;
  private at = 0;
  private toldAt = -Infinity;
  private loading: AbortController | undefined;

  /** `shown` is called when there is something to show, and with undefined when the replay is closed. */
  constructor(private readonly tell: Tell, private readonly shown: (replay: Replay | undefined) => void) {}

  async load(url: string): Promise<{ fromUnixMs: number; toUnixMs: number; units: number[] }> {
    this.close();
    const replay = new Replay();
    const loading = new AbortController();
    this.loading = loading;
    const answer = await fetch(url, { signal: loading.signal });
    if (!answer.ok || !answer.body) throw new ReplayError('replay.refused', `${answer.status}`);
    await readAll(answer.body, (bytes) => {
      replay.append(readChunk(bytes));
      if (!this.replay && this.loading === loading) this.show(replay);
    });
    if (this.loading !== loading) throw new ReplayError('replay.closed', 'another replay was loaded');
    if (!this.replay) this.show(replay);
    this.toldAt = -Infinity;
    this.say();
    return { fromUnixMs: replay.fromUnixMs, toUnixMs: replay.toUnixMs, units: replay.units() };
  }

  seek(unixMs: number): void {
    const { replay } = this;
    if (!replay) return;
    this.unixMs = Math.min(replay.toUnixMs, Math.max(replay.fromUnixMs, unixMs));
    replay.seek(this.unixMs);
    this.toldAt = -Infinity;
    this.say();
  }

  play(rate: number, nowMs: number): void {
    if (!this.replay) return;
    this.rate = Math.min(FASTEST, Math.max(SLOWEST, rate));
    if (this.unixMs >= this.replay.toUnixMs) this.seek(this.replay.fromUnixMs);
    this.playing = true;
    this.at = nowMs;
    this.toldAt = -Infinity;
    this.say();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.toldAt = -Infinity;
    this.say();
  }

  close(): void {
    this.loading?.abort();
    this.loading = undefined;
    this.playing = false;
    if (!this.replay) return;
    this.replay = undefined;
    this.shown(undefined);
  }

  /** Moves the clock on to the drawing clock's `nowMs`. */
  advance(nowMs: number): void {
    const { replay } = this;
    if (!replay || !this.playing) return;
    // A tab that was in the background does not jump hours.
    this.unixMs += Math.min(250, nowMs - this.at) * this.rate;
    this.at = nowMs;
    if (this.unixMs >= replay.toUnixMs) {
      this.unixMs = replay.toUnixMs;
      this.playing = false;
      this.toldAt = -Infinity;
    }
    replay.seek(this.unixMs);
    this.say();
  }

  private show(replay: Replay): void {
    this.replay = replay;
    this.unixMs = Number.isFinite(replay.fromUnixMs) ? replay.fromUnixMs : 0;
    replay.seek(this.unixMs);
    this.shown(replay);
  }

  private say(): void {
    const now = performance.now();
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.tell('OnReplay', { unixMs: this.unixMs, playing: this.playing, rate: this.rate });
  }
}

/** Hands on every chunk as soon as it is whole. */
async function readAll(body: ReadableStream<Uint8Array>, take: (bytes: Uint8Array) => void): Promise<void> {
  let rest = new Uint8Array(0);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const joined = new Uint8Array(rest.length + value.length);
    joined.set(rest);
    joined.set(value, rest.length);
    rest = joined;
    for (let length = chunkLength(rest, 0); length > 0 && length <= rest.length; length = rest.length === 0 ? -1 : chunkLength(rest, 0)) {
      take(rest.subarray(0, length));
      rest = rest.slice(length);
    }
  }
  if (rest.length > 0) throw new ReplayError('replay.cut-off', `${rest.length} bytes are no whole chunk`);
}
