// The connection to `/live/units`: watches what the view shows, reconnects for ever, and never lets an old answer overwrite a newer picture.
import type { Cells } from './frames.js';
import { FrameError, readCells } from './frames.js';
import { ServerClock } from './clock.js';

export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'gone';

/** What LiveClient needs of a SignalR HubConnection; tests have one of their own. */
export interface Hub {
  start(): Promise<void>;
  stop(): Promise<void>;
  send(method: string, ...args: unknown[]): Promise<void>;
  on(method: string, handler: (...args: never[]) => void): void;
  onclose(handler: (error?: Error) => void): void;
}

export interface Box {
  south: number;
  west: number;
  north: number;
  east: number;
}

/** Bit masks over the wire's numbers, 0 = all; the server applies it to counts, the map to units. */
export interface UnitFilter {
  kinds: number;
  availabilities: number;
  motions: number;
  text: string | null;
}

export interface LiveSink {
  units(mode: number, baseUnixMs: number, blocks: Uint8Array[]): void;
  counts(baseUnixMs: number, cells: Cells): void;
  connection(state: ConnectionState, sinceUnixMs: number, serverClockOffsetMs: number): void;
  problem(code: string, detail: string): void;
}

/** Timers and clocks, so that tests hold them in their hands. */
export interface Timing {
  now(): number;
  later(ms: number, action: () => void): () => void;
  random(): number;
}

export const browserTiming: Timing = {
  now: () => Date.now(),
  later: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** The server is heard of every 5 s; twice that and a little more without a word is a dead connection. */
export const SILENCE_MS = 12_000;
/** Lost for longer than this, the picture is said to be old. */
export const GONE_AFTER_MS = 10_000;
/** Dense at first: a killed server is back within five seconds, and whoever watches should see it within one more. */
export const RETRY_MS = [300, 700, 1_000, 1_000, 1_000, 1_500, 2_000, 4_000, 8_000, 15_000] as const;
/** One watch in this time; the contract allows ten a second. */
const WATCH_EVERY_MS = 150;

export class LiveClient {
  readonly clock = new ServerClock();
  state: ConnectionState = 'connecting';
  private hub: Hub | undefined;
  /** The hub has been started: something can be sent. */
  private ready = false;
  private watch = 0;
  private wanted: { box: Box; zoom: number; filter: UnitFilter | null } | undefined;
  private watchedAt = -Infinity;
  private cancelWatch: (() => void) | undefined;
  private cancelSilence: (() => void) | undefined;
  private cancelRetry: (() => void) | undefined;
  private cancelGone: (() => void) | undefined;
  private attempts = 0;
  private stopped = true;
  private sinceUnixMs: number;

  constructor(private readonly open: () => Hub, private readonly sink: LiveSink, private readonly timing: Timing = browserTiming) {
    this.sinceUnixMs = timing.now();
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.say('connecting');
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of [this.cancelWatch, this.cancelSilence, this.cancelRetry, this.cancelGone]) cancel?.();
    this.cancelWatch = this.cancelSilence = this.cancelRetry = this.cancelGone = undefined;
    const hub = this.hub;
    this.hub = undefined;
    void hub?.stop().catch(() => undefined);
  }

  /** The next watch: the newest wins, at most one in 150 ms. It is asked again after every reconnect. */
  show(box: Box, zoom: number, filter: UnitFilter | null): void {
    this.wanted = { box, zoom, filter };
    if (this.cancelWatch) return;
    const wait = this.watchedAt + WATCH_EVERY_MS - this.timing.now();
    if (wait <= 0) this.sendWatch();
    else this.cancelWatch = this.timing.later(wait, () => this.sendWatch());
  }

  /** Tries at once: the network is said to be back, or somebody looks again. */
  wake(): void {
    if (this.stopped || this.hub || !this.cancelRetry) return;
    this.cancelRetry();
    this.cancelRetry = undefined;
    void this.connect();
  }

  private async connect(): Promise<void> {
    const hub = this.open();
    this.hub = hub;
    this.ready = false;
    hub.on('units', (watch: number, mode: number, base: number, blocks: Uint8Array[]) => this.hear(hub, watch, base, () => this.sink.units(mode, base, blocks)));
    hub.on('counts', (watch: number, base: number, level: number, cells: Uint8Array) =>
      this.hear(hub, watch, base, () => this.sink.counts(base, readCells(level, cells))));
    hub.onclose(() => this.lost(hub));
    try {
      await hub.start();
    } catch (error) {
      this.refused(error);
      this.lost(hub);
      return;
    }
    if (this.hub !== hub) {
      void hub.stop().catch(() => undefined);
      return;
    }
    this.ready = true;
    this.watchForSilence(hub);
    this.sendWatch();
  }

  private refused(error: unknown): void {
    const status = (error as { statusCode?: number }).statusCode ?? 0;
    if (status === 401 || status === 403) this.sink.problem('live.refused', `the server answered ${status}`);
  }

  private hear(hub: Hub, watch: number, baseUnixMs: number, apply: () => void): void {
    if (this.hub !== hub) return;
    this.clock.heard(baseUnixMs, this.timing.now());
    this.watchForSilence(hub);
    if (this.state !== 'live') {
      this.attempts = 0;
      this.cancelGone?.();
      this.cancelGone = undefined;
      this.say('live');
    }
    if (watch !== this.watch) return;
    try {
      apply();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // The picture may miss something now: a new watch brings a whole one.
      this.sink.problem(error.code, error.message);
      if (this.wanted) this.show(this.wanted.box, this.wanted.zoom, this.wanted.filter);
    }
  }

  private lost(hub: Hub): void {
    if (this.hub !== hub) return;
    this.hub = undefined;
    this.cancelSilence?.();
    void hub.stop().catch(() => undefined);
    if (this.stopped) return;
    if (this.state === 'live') this.say('reconnecting');
    this.cancelGone ??= this.state === 'gone' ? undefined : this.timing.later(GONE_AFTER_MS, () => this.say('gone'));
    const limit = RETRY_MS[Math.min(this.attempts++, RETRY_MS.length - 1)];
    this.cancelRetry = this.timing.later(limit * (0.7 + 0.6 * this.timing.random()), () => {
      this.cancelRetry = undefined;
      void this.connect();
    });
  }

  private watchForSilence(hub: Hub): void {
    this.cancelSilence?.();
    this.cancelSilence = this.timing.later(SILENCE_MS, () => this.lost(hub));
  }

  private sendWatch(): void {
    this.cancelWatch?.();
    this.cancelWatch = undefined;
    const { hub, wanted } = this;
    if (!hub || !this.ready || !wanted) return;
    this.watchedAt = this.timing.now();
    this.watch++;
    const { box, zoom, filter } = wanted;
    const e7 = (degrees: number) => Math.round(degrees * 1e7);
    const request = [this.watch, e7(box.south), e7(box.west), e7(box.north), e7(box.east), zoom,
      filter && [filter.kinds, filter.availabilities, filter.motions, filter.text]];
    // Just closed: the next connection asks again.
    hub.send('watch', request).catch(() => undefined);
  }

  private say(state: ConnectionState): void {
    this.state = state;
    this.sinceUnixMs = this.timing.now();
    this.sink.connection(state, this.sinceUnixMs, this.clock.offsetMs);
  }
}
