// What a map shows of a replay beside its units: the paths of those that are looked at, and their rows for the console.
import type { Session } from '../session.js';
import type { Tell, Track } from '../types.js';
import { Player } from './player.js';
import type { Replay } from './replay.js';

/** Rows are for reading: a list that changes more often is a flicker. */
const ROWS_EVERY_MS = 500;

export class ReplayStage {
  readonly player: Player;
  private shown: Replay | undefined;
  private pinned: number[] = [];
  private rowsAt = -Infinity;

  /** `changed` is told when a replay begins or ends, `draw` when the paths are others. */
  constructor(
    tell: Tell, private readonly session: Session, private readonly changed: () => void, private readonly draw: (paths: Track[]) => void,
  ) {
    this.player = new Player(tell, (replay) => this.show(replay));
  }

  /** Units whose paths stay beside that of the selected one. */
  pin(units: readonly number[]): void {
    this.pinned = [...units];
    this.drawPaths();
  }

  select(unit: number | null): void {
    const { replay } = this.player;
    if (!replay) return;
    replay.selected = unit;
    replay.store.markAllDirty();
    this.drawPaths();
  }

  /** The list shows the time that the map shows; `now` where somebody jumped there. */
  tellRows(nowMs: number, now: boolean): void {
    if (!now && nowMs - this.rowsAt < ROWS_EVERY_MS) return;
    this.rowsAt = nowMs;
    this.session.tellRows();
  }

  private show(replay: Replay | undefined): void {
    if (replay !== this.shown) {
      this.shown = replay;
      if (replay) {
        replay.selected = this.session.selected;
        replay.hides = (unit, kind, motion) => this.session.hides(unit, kind, null, motion);
      } else {
        this.pinned = [];
      }
      this.session.showPast(replay ? { replay, unixMs: () => this.player.unixMs } : null);
      this.changed();
    }
    this.drawPaths();
    this.tellRows(performance.now(), true);
  }

  private drawPaths(): void {
    const { replay } = this.player;
    if (!replay) {
      this.draw([]);
      return;
    }
    const wanted = [...new Set(replay.selected === null ? this.pinned : [...this.pinned, replay.selected])];
    this.draw(wanted.flatMap((unit) => replay.trackOf(unit) ?? []));
  }
}
