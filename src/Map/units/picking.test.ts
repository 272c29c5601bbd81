import { describe, expect, it } from 'vitest';
import { SNAPSHOT, UnitStore } from '../live/store.js';
import { blockOf } from '../testing/blocks.js';
import { pick, screenTransform, type ScreenTransform } from './picking.js';

const degreePx = 1000;
/** The equator at 0°, 0° is pixel (0, 0); a degree is 1,000 pixels. */
const transform: ScreenTransform = [360 * degreePx, 0, 0, 360 * degreePx, -180 * degreePx, -180 * degreePx];
const at = (unit: number, xPx: number) => ({ unit, lon: xPx / degreePx });
const view = { selected: null as number | null, isHidden: (store: UnitStore, slot: number) => store.unit[slot] >= 100 };

function storeOf(...units: { unit: number; lon: number }[]): UnitStore {
  const store = new UnitStore();
  store.apply(SNAPSHOT, 0, [blockOf(units)], 0);
  return store;
}

describe('pick', () => {
  it('Given_units_apart_Then_the_nearest_within_reach_is_picked_alone', () => {
    const store = storeOf(at(1, 0), at(2, 20), at(3, 40));
    expect(pick(store, view, 0, transform, 17, 0, 10)).toEqual([2]);
    expect(pick(store, view, 0, transform, 10, 30, 10)).toEqual([]);
  });

  it('Given_units_on_one_spot_Then_all_of_them_are_picked_nearest_first', () => {
    const store = storeOf(at(5, 1), at(4, 0), at(6, 3), at(7, 15));
    expect(pick(store, view, 0, transform, 0, 0, 12)).toEqual([4, 5, 6]);
  });

  it('Given_a_hidden_unit_Then_it_is_not_picked_unless_it_is_selected', () => {
    const store = storeOf(at(100, 0));
    expect(pick(store, view, 0, transform, 0, 0, 12)).toEqual([]);
    expect(pick(store, { ...view, selected: 100 }, 0, transform, 0, 0, 12)).toEqual([100]);
  });

  it('Given_a_gliding_unit_Then_it_is_picked_where_it_is_drawn', () => {
    const store = storeOf(at(1, 0));
    store.apply(2, 0, [blockOf([{ unit: 1, lon: 0.02, fixedMs: 1000 }])], 0);
    expect(pick(store, view, 500, transform, 10, 0, 3)).toEqual([1]);
    expect(pick(store, view, 1000, transform, 10, 0, 3)).toEqual([]);
  });

  it('Given_thousands_on_one_spot_Then_the_list_is_bounded', () => {
    const store = storeOf(...Array.from({ length: 5000 }, (_, i) => ({ unit: i % 100 === 0 ? i + 10_000 : i, lon: 0 })));
    expect(pick(store, { ...view, isHidden: () => false }, 0, transform, 0, 0, 3)).toHaveLength(200);
  });

  it('Given_a_view_turned_to_the_east_Then_what_lies_south_is_on_the_right', () => {
    const store = storeOf({ unit: 1, lon: 0 });
    const turned = screenTransform(0.5, 0.5 - 100 / (512 * 2 ** 10), 10, 90, 800, 600);
    expect(pick(store, view, 0, turned, 500, 300, 2)).toEqual([1]);
    expect(pick(store, view, 0, turned, 300, 300, 2)).toEqual([]);
  });

  it('Given_a_view_on_the_antimeridian_Then_units_on_both_sides_are_picked', () => {
    const store = storeOf({ unit: 1, lon: 179.99 }, { unit: 2, lon: -179.99 });
    const scale = 512 * 2 ** 10;
    const across = screenTransform(1, 0.5, 10, 0, 800, 600);
    expect(pick(store, view, 0, across, 400 - (0.01 / 360) * scale, 300, 2)).toEqual([1]);
    expect(pick(store, view, 0, across, 400 + (0.01 / 360) * scale, 300, 2)).toEqual([2]);
  });
});
