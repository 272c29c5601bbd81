// Whether the chosen map's server does what it should, as far as its tiles tell. A tile that does not exist (404) is no failure: it is
// where that map ends.

/** So many in a row, with none that came between them, are no accident. */
const FAILURES = 3;

export class SourceHealth {
  private readonly watched: Set<string>;
  private failures = 0;
  private last = '';
  private state: 'unknown' | 'ready' | 'broken' = 'unknown';

  constructor(watched: string[], private readonly told: (state: 'ready' | 'broken', detail: string) => void) {
    this.watched = new Set(watched);
  }

  loaded(source: string | undefined): void {
    if (!this.isOurs(source)) return;
    this.failures = 0;
    this.become('ready');
  }

  failed(source: string | undefined, detail: string): void {
    if (!this.isOurs(source)) return;
    this.last = detail;
    if (++this.failures >= FAILURES) this.become('broken');
  }

  /** Nothing more is being loaded: a view of one or two tiles, none of which came, is broken as well. */
  idle(): void {
    if (this.failures > 0 && this.state === 'unknown') this.become('broken');
  }

  private isOurs(source: string | undefined): boolean {
    return source !== undefined && this.watched.has(source);
  }

  private become(state: 'ready' | 'broken'): void {
    if (this.state === state) return;
    this.state = state;
    this.told(state, state === 'broken' ? this.last : '');
  }
}
