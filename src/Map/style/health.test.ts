import { describe, expect, it } from 'vitest';
import { SourceHealth } from './health.js';

function watched() {
  const told: string[] = [];
  return { told, health: new SourceHealth(['tiles'], (state, detail) => told.push(detail ? `${state} ${detail}` : state)) };
}

describe('the health of a map source', () => {
  it('Given_tiles_that_come_Then_ready_is_told_once', () => {
    const { told, health } = watched();
    health.loaded('tiles');
    health.loaded('tiles');
    health.loaded('world');
    expect(told).toEqual(['ready']);
  });

  it('Given_failures_in_a_row_Then_broken_is_told_once_with_the_last_reason_and_ready_when_tiles_come_again', () => {
    const { told, health } = watched();
    health.loaded('tiles');
    health.failed('tiles', 'a: 500');
    health.failed('tiles', 'a: 500');
    health.loaded('tiles');
    health.failed('tiles', 'a: 500');
    health.failed('tiles', 'a: 502');
    expect(told).toEqual(['ready']);
    health.failed('tiles', 'a: 503');
    health.failed('tiles', 'a: 503');
    expect(told).toEqual(['ready', 'broken a: 503']);
    health.loaded('tiles');
    expect(told).toEqual(['ready', 'broken a: 503', 'ready']);
  });

  it('Given_a_small_view_whose_one_tile_failed_Then_it_is_broken_when_nothing_more_comes', () => {
    const { told, health } = watched();
    health.idle();
    health.failed('tiles', 'a: no answer');
    health.failed('world', 'b');
    expect(told).toEqual([]);
    health.idle();
    expect(told).toEqual(['broken a: no answer']);
  });
});
