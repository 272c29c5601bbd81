// Loads a replay and runs its clock.
import { chunkLength, readChunk, ReplayError } from './format.js';
import { Replay } from './replay.js';
import type { Tell } from '../types.js';

export const SLOWEST = 1;
export const FASTEST = 60;
const TELL_EVERY_MS = 200;

export interface ReplayLoaded {
  fromUnixMs: number;
  toUnixMs: number;
  units: number[];
  /** People who had a shift then and are not shown, as nobody said why they are looked at. */
  peopleLeftOut: number;
}

export class Player {
  replay: Replay | undefined;
  unixMs = 0;
  playing = false;
  rate = SLOWEST;
  /** More hours may come. */
  loading = false;
  private at = 0;
  private toldAt = -Infinity;
  private request: AbortController | undefined;
  /** Somebody said where to stand: it stays there when the first fix comes. */
  private placed = false;

  /** `shown` is called when there is something to show, with every part that comes, and with undefined when the replay is closed. */
  constructor(private readonly tell: Tell, private readonly shown: (replay: Replay | undefined) => void) {}

  /** Resolves when all of it is there. What came before a cut-off stays and can be played. */
  async load(url: string): Promise<ReplayLoaded> {
    this.close();
    const replay = new Replay();
    const request = new AbortController();
    [this.request, this.loading, this.placed] = [request, true, false];
    let peopleLeftOut = 0;
    try {
      const answer = await fetch(url, { signal: request.signal }).catch((error: unknown) => {
        throw new ReplayError('replay.unreachable', String(error));
      });
      if (!answer.ok || !answer.body) throw await refusalOf(answer);
      peopleLeftOut = Number(answer.headers.get('X-People-Left-Out') ?? 0);
      await readAll(answer.body, (bytes) => {
        if (this.request !== request) throw new ReplayError('replay.closed', 'another replay was loaded');
        this.take(replay, bytes);
      });
      replay.finish();
    } catch (error) {
      throw this.request === request ? error : new ReplayError('replay.closed', 'another replay was loaded');
    } finally {
      if (this.request === request) this.loaded(replay);
    }
    // A replay of hours that were all left out is one of nothing.
    const isEmpty = replay.fromUnixMs > replay.toUnixMs;
    return { fromUnixMs: isEmpty ? 0 : replay.fromUnixMs, toUnixMs: isEmpty ? 0 : replay.toUnixMs, units: replay.units(), peopleLeftOut };
  }

  seek(unixMs: number): void {
    const { replay } = this;
    if (!replay) return;
    this.placed = true;
    this.stand(unixMs);
  }

  play(rate: number, nowMs: number): void {
    const { replay } = this;
    if (!replay) return;
    this.rate = Math.min(FASTEST, Math.max(SLOWEST, rate));
    if (!this.loading && this.unixMs >= replay.loadedToUnixMs) this.stand(replay.fromUnixMs);
    this.playing = true;
    this.at = nowMs;
    this.sayNow();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.sayNow();
  }

  close(): void {
    this.request?.abort();
    this.request = undefined;
    this.loading = this.playing = false;
    if (!this.replay) return;
    this.replay = undefined;
    this.shown(undefined);
  }

  /** Moves the clock on to the drawing clock's `nowMs`. Where the next hour has not come yet it waits. */
  advance(nowMs: number): void {
    const { replay } = this;
    if (!replay || !this.playing) return;
    // A tab that was in the background does not jump hours.
    this.unixMs += Math.min(250, nowMs - this.at) * this.rate;
    this.at = nowMs;
    if (this.unixMs >= replay.loadedToUnixMs) {
      this.unixMs = Math.max(replay.fromUnixMs, replay.loadedToUnixMs);
      if (!this.loading) {
        this.playing = false;
        this.toldAt = -Infinity;
      }
    }
    replay.seek(this.unixMs);
    this.say();
  }

  private take(replay: Replay, bytes: Uint8Array): void {
    replay.append(readChunk(bytes));
    if (!this.replay) {
      this.replay = replay;
      this.unixMs = replay.fromUnixMs;
    }
    this.skipQuiet(replay);
    replay.seek(this.unixMs);
    this.shown(replay);
    this.sayNow();
  }

  private loaded(replay: Replay): void {
    this.loading = false;
    // Cut off within an hour: that hour is shown as far as it came.
    if (this.replay === replay) {
      replay.finish();
      this.skipQuiet(replay);
      replay.seek(this.unixMs);
      this.shown(replay);
    }
    this.sayNow();
  }

  /** A quiet beginning is skipped, once the hour of the first fix has come whole: before that its time cannot be stood at. */
  private skipQuiet(replay: Replay): void {
    if (this.placed || !(replay.firstUnixMs < replay.loadedToUnixMs)) return;
    this.placed = true;
    this.unixMs = replay.firstUnixMs;
  }

  private stand(unixMs: number): void {
    const { replay } = this;
    if (!replay) return;
    this.unixMs = Math.min(Math.max(replay.fromUnixMs, replay.loadedToUnixMs), Math.max(replay.fromUnixMs, unixMs));
    replay.seek(this.unixMs);
    this.sayNow();
  }

  private sayNow(): void {
    this.toldAt = -Infinity;
    this.say();
  }

  private say(): void {
    const now = performance.now();
    const { replay } = this;
    if (!replay || now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.tell('OnReplay', {
      unixMs: this.unixMs, playing: this.playing, rate: this.rate, loading: this.loading,
      loadedToUnixMs: Math.max(replay.fromUnixMs, replay.loadedToUnixMs), fixes: replay.fixes,
    });
  }
}

/** The server's own code where it gave one (problem details), else the status. */
async function refusalOf(answer: Response): Promise<ReplayError> {
  const problem: unknown = await answer.json().catch(() => null);
  if (problem !== null && typeof problem === 'object' && 'code' in problem && typeof problem.code === 'string') {
    return new ReplayError(problem.code, 'title' in problem ? String(problem.title) : String(answer.status));
  }
  return new ReplayError('replay.refused', `${answer.status}`);
}

/** Hands on every chunk as soon as it is whole. */
async function readAll(body: ReadableStream<Uint8Array>, take: (bytes: Uint8Array) => void): Promise<void> {
  let rest = new Uint8Array(0);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new ReplayError('replay.cut-off', String(error));
    });
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
