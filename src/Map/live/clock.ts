// The server's clock as far as it can be known from its messages: each was on its way for a while, the quickest for the least.

/** Older messages say nothing about a clock that drifts or a laptop that slept. */
const REMEMBERED = 30;

export class ServerClock {
  private readonly offsets: number[] = [];

  /** A message stamped `serverUnixMs` has just come. */
  heard(serverUnixMs: number, localUnixMs: number): void {
    this.offsets.push(serverUnixMs - localUnixMs);
    if (this.offsets.length > REMEMBERED) this.offsets.shift();
  }

  /** Server minus local clock, ms; 0 before anything was heard. */
  get offsetMs(): number {
    return this.offsets.length === 0 ? 0 : Math.max(...this.offsets);
  }

  /** A clock that was set, or a sleep: what was learnt before is wrong. */
  reset(): void {
    this.offsets.length = 0;
  }
}
