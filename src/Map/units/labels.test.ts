import { describe, expect, it } from 'vitest';
import { LabelSet, MAX_LABELS } from './labels.js';

const apart = (count: number) => Array.from({ length: count }, (_, i) => ({ unit: i, x: i * 500, y: 0 }));

describe('LabelSet', () => {
  it('Given_names_in_parts_Then_they_add_up_and_only_a_shown_one_that_reads_differently_is_drawn_again', () => {
    const labels = new LabelSet();
    labels.addNames([1, 2], ['Van 1', 'Van 2']);
    labels.addNames([3], ['Van 3']);
    expect([1, 2, 3].map((unit) => labels.nameOf(unit))).toEqual(['Van 1', 'Van 2', 'Van 3']);
    labels.choose([{ unit: 1, x: 0, y: 0 }]);
    const drawn = labels.version;
    labels.addNames([1, 2], ['Van 1', 'Bus 2']);
    expect(labels.version).toBe(drawn);
    labels.addNames([1], ['Bus 1']);
    expect(labels.version).toBe(drawn + 1);
  });

  it('Given_names_that_would_cover_each_other_Then_the_better_candidate_is_shown_and_never_more_than_can_be_read', () => {
    const labels = new LabelSet();
    labels.addNames([1, 2, 3], ['Van 1', 'Van 2', 'Van 3']);
    labels.choose([{ unit: 2, x: 0, y: 0 }, { unit: 1, x: 10, y: 5 }, { unit: 9, x: 300, y: 0 }, { unit: 3, x: 300, y: 0 }]);
    expect(labels.chosen).toEqual([2, 3]);
    const many = apart(MAX_LABELS + 5);
    labels.addNames(many.map((u) => u.unit), many.map((u) => `Unit ${u.unit}`));
    labels.choose(many);
    expect(labels.chosen).toHaveLength(MAX_LABELS);
  });
});
