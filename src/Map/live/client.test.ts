import { beforeEach, describe, expect, it } from 'vitest';
import { blockOf } from '../testing/blocks.js';
import { GONE_AFTER_MS, LiveClient, RETRY_MS, SILENCE_MS, type Hub, type LiveSink, type Timing } from './client.js';

/** A clock and timers that only move when told to. */
class Hands implements Timing {
  time = 1_000_000;
  private timers: { at: number; action: () => void }[] = [];
  now = () => this.time;
  random = () => 0.5;
  later = (ms: number, action: () => void) => {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((t) => t !== timer));
  };
  async pass(ms: number) {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const next = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((t) => t !== next);
      this.time = next.at;
      next.action();
    }
    this.time = end;
  }
}

const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

class FakeHub implements Hub {
  sent: unknown[][] = [];
  handlers: Record<string, (...args: never[]) => void> = {};
  closed: ((error?: Error) => void) | undefined;
  stopped = false;
  constructor(private readonly fails: unknown) {}
  start = () => (this.fails ? Promise.reject(this.fails) : Promise.resolve());
  stop = () => Promise.resolve(void (this.stopped = true));
  send = (method: string, ...args: unknown[]) => Promise.resolve(void this.sent.push([method, ...args]));
  on = (method: string, handler: (...args: never[]) => void) => void (this.handlers[method] = handler);
  onclose = (handler: (error?: Error) => void) => void (this.closed = handler);
  emit(method: string, ...args: unknown[]) {
    (this.handlers[method] as (...a: unknown[]) => void)(...args);
  }
}

describe('LiveClient', () => {
  let hands: Hands;
  let hubs: FakeHub[];
  let heard: string[];
  let failing: unknown;
  let client: LiveClient;
  const box = { south: -35, west: -56.5, north: -34.5, east: -56 };
  const last = () => hubs[hubs.length - 1];
  const watchOf = (hub: FakeHub) => (hub.sent[hub.sent.length - 1][1] as number[])[0];

  beforeEach(() => {
    hands = new Hands();
    hubs = [];
    heard = [];
    failing = null;
    const sink: LiveSink = {
      units: (mode, base, blocks) => {
        if (blocks.some((b) => b.length < 8)) throw new Error('unreachable');
        heard.push(`units ${mode} ${base} ${blocks.length}`);
      },
      counts: (base, cells) => heard.push(`counts ${base} ${cells.level} ${cells.length}`),
      connection: (state, since) => heard.push(`${state} ${since}`),
      problem: (code) => heard.push(code),
    };
    client = new LiveClient(() => {
      const hub = new FakeHub(failing);
      hubs.push(hub);
      return hub;
    }, sink, hands);
  });

  it('Given_a_view_Then_it_is_watched_in_the_contract_s_order_and_answers_make_it_live', async () => {
    client.start();
    client.show(box, 12.5, { kinds: 1, availabilities: 6, motions: 0, text: 'van' });
    await settle();
    expect(last().sent).toEqual([['watch', [1, -350000000, -565000000, -345000000, -560000000, 12.5, [1, 6, 0, 'van']]]]);
    last().emit('units', 1, 1, 999_000, [blockOf([])]);
    last().emit('counts', 1, 999_500, 9, new Uint8Array(24));
    expect(heard).toEqual(['connecting 1000000', 'live 1000000', 'units 1 999000 1', 'counts 999500 9 1']);
    expect(client.clock.offsetMs).toBe(-500);
  });

  it('Given_many_views_in_a_moment_Then_only_the_newest_is_watched', async () => {
    client.start();
    client.show(box, 10, null);
    await settle();
    for (let zoom = 11; zoom < 15; zoom++) client.show(box, zoom, null);
    await hands.pass(1000);
    expect(last().sent.map((s) => (s[1] as number[])[5])).toEqual([10, 14]);
  });

  it('Given_an_answer_to_an_older_watch_Then_it_is_dropped_but_the_clock_is_set', async () => {
    client.start();
    client.show(box, 10, null);
    await settle();
    await hands.pass(1000);
    client.show(box, 11, null);
    last().emit('units', 1, 1, hands.time + 77, [blockOf([{ unit: 1 }])]);
    expect(heard.filter((h) => h.startsWith('units'))).toEqual([]);
    expect(client.clock.offsetMs).toBe(77);
  });

  it('Given_a_lost_connection_Then_it_is_tried_for_ever_with_growing_pauses_and_watched_again', async () => {
    client.start();
    client.show(box, 10, null);
    await settle();
    last().emit('units', watchOf(last()), 2, 0, []);
    failing = new Error('refused');
    last().closed?.();
    expect(heard[heard.length - 1]).toMatch(/^reconnecting/);
    for (const pause of RETRY_MS) {
      const before = hubs.length;
      await hands.pass(pause - 1);
      expect(hubs.length).toBe(before);
      await hands.pass(1);
      expect(hubs.length).toBe(before + 1);
    }
    expect(heard.filter((h) => h.startsWith('gone'))).toHaveLength(1);
    failing = null;
    await hands.pass(20_000);
    expect(watchOf(last())).toBe(2);
    last().emit('units', 2, 1, 5, [blockOf([])]);
    expect(heard.slice(-2)[0]).toMatch(/^live/);
  });

  it('Given_ten_seconds_without_a_connection_Then_the_server_is_gone_and_not_before', async () => {
    client.start();
    client.show(box, 10, null);
    await settle();
    last().emit('units', 1, 2, 0, []);
    failing = new Error('refused');
    last().closed?.();
    await hands.pass(GONE_AFTER_MS - 1);
    expect(client.state).toBe('reconnecting');
    await hands.pass(1);
    expect(client.state).toBe('gone');
  });

  it('Given_a_server_that_says_nothing_Then_the_connection_is_given_up', async () => {
    client.start();
    await settle();
    await hands.pass(SILENCE_MS - 1);
    expect(hubs).toHaveLength(1);
    await hands.pass(1 + RETRY_MS[0]);
    expect(hubs).toHaveLength(2);
    expect(hubs[0].stopped).toBe(true);
    client.show(box, 10, null);
    hubs[0].emit('units', watchOf(hubs[1]), 1, 0, []);
    expect(heard.filter((h) => h.startsWith('units'))).toEqual([]);
  });

  it('Given_the_network_is_back_Then_it_is_tried_at_once', async () => {
    failing = new Error('refused');
    client.start();
    await hands.pass(5000);
    const before = hubs.length;
    client.wake();
    expect(hubs.length).toBe(before + 1);
  });

  it('Given_a_server_that_refuses_who_asks_Then_it_is_said', async () => {
    failing = Object.assign(new Error('Unauthorized'), { statusCode: 401 });
    client.start();
    await settle();
    expect(heard).toContain('live.refused');
  });

  it('Given_a_damaged_frame_Then_it_is_told_and_a_whole_picture_is_asked_for', async () => {
    client.start();
    client.show(box, 10, null);
    await settle();
    last().emit('counts', 1, 0, 9, new Uint8Array(25));
    await hands.pass(1000);
    expect(heard).toContain('frame.length');
    expect(watchOf(last())).toBe(2);
  });

  it('Given_it_was_stopped_Then_nothing_is_tried_any_more', async () => {
    client.start();
    await settle();
    client.stop();
    last().closed?.();
    await hands.pass(60_000);
    expect(hubs).toHaveLength(1);
    expect(hubs[0].stopped).toBe(true);
  });
});
