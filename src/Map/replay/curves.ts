// A replay's columns → a value a step of time, for a chart of a few hundred points: the fixes themselves stay here.
import { NOT_REPORTED } from '../live/frames.js';
import type { UnitFixes } from './format.js';
import { LONGEST_SEGMENT_MS, MOVING_CMPS } from './replay.js';

export interface Steps {
  fromUnixMs: number;
  toUnixMs: number;
  steps: number;
}

/** How many units moved in each step. */
export function countMoving(columns: readonly UnitFixes[], span: Steps): number[] {
  const counts = new Array<number>(span.steps).fill(0);
  for (const column of columns) {
    let counted = -1;
    eachStretch(column, span, (first, last, speedCmps) => {
      if (speedCmps < MOVING_CMPS) return;
      for (let step = Math.max(first, counted + 1); step <= last; step++) counts[step]++;
      counted = Math.max(counted, last);
    });
  }
  return counts;
}

/** The greatest speed of each step, null where none was reported. */
export function topSpeeds(column: UnitFixes, span: Steps): (number | null)[] {
  const top = new Array<number | null>(span.steps).fill(null);
  eachStretch(column, span, (first, last, speedCmps) => {
    for (let step = first; step <= last; step++) top[step] = Math.max(top[step] ?? 0, speedCmps);
  });
  return top;
}

/** A fix's speed holds until the next one, as its unit glides there; over a longer silence nobody knows. */
function eachStretch(column: UnitFixes, { fromUnixMs, toUnixMs, steps }: Steps, take: (first: number, last: number, speedCmps: number) => void): void {
  const { unixMs, speedCmps } = column;
  const stepMs = (toUnixMs - fromUnixMs) / steps;
  for (let i = 0; i < unixMs.length; i++) {
    if (speedCmps[i] === NOT_REPORTED) continue;
    const next = unixMs[i + 1] ?? unixMs[i];
    const until = next - unixMs[i] > LONGEST_SEGMENT_MS ? unixMs[i] : next;
    if (until < fromUnixMs || unixMs[i] >= toUnixMs) continue;
    const first = Math.max(0, Math.floor((unixMs[i] - fromUnixMs) / stepMs));
    take(first, Math.max(first, Math.min(steps - 1, Math.ceil((until - fromUnixMs) / stepMs) - 1)), speedCmps[i]);
  }
}
