import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Player } from './player.js';

const bytes = new Uint8Array(fs.readFileSync(fileURLToPath(new URL('../../../tests/golden/replay/three-hours.bin', import.meta.url))));
const BASE = 1_795_370_400_000;

/** A body that ends with an error, as a connection does whose server was killed. */
function cutOffAfter(body: Uint8Array): ReadableStream<Uint8Array> {
  let given = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given) controller.error(new TypeError('network error'));
      else controller.enqueue(body);
      given = true;
    },
  });
}

/** A response whose body comes in pieces of that many bytes. */
function answering(body: Uint8Array, piece: number, status = 200): void {
  vi.stubGlobal('fetch', () => {
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= body.length) controller.close();
        else controller.enqueue(body.slice(at, (at += piece)));
      },
    });
    return Promise.resolve(new Response(stream, { status, headers: { 'X-People-Left-Out': '2' } }));
  });
}

function player() {
  const told: { unixMs: number; playing: boolean; rate: number; loading: boolean; loadedToUnixMs: number; fixes: number }[] = [];
  const shown: boolean[] = [];
  return { told, shown, player: new Player((name, argument) => void (name === 'OnReplay' && told.push(argument as never)), (replay) => void shown.push(replay !== undefined)) };
}

describe('Player', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([1, 7, 64, 100_000])('Given_a_body_in_pieces_of_%i_bytes_Then_the_replay_is_the_same', async (piece) => {
    answering(bytes, piece);
    const { player: p, shown } = player();
    expect(await p.load('/replay')).toEqual({ fromUnixMs: BASE, toUnixMs: BASE + 3 * 3_600_000, units: [7, 4_000_000_001], peopleLeftOut: 2 });
    expect(shown).toEqual([true, true, true, true]);
    expect(p.unixMs).toBe(BASE);
    expect(p.replay?.fixes).toBe(5);
  });

  it('Given_a_refusal_or_nobody_who_answers_Then_it_is_said_with_its_code', async () => {
    answering(bytes, 50, 403);
    await expect(player().player.load('/replay')).rejects.toThrow('replay.refused: 403');
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ code: 'replay.too-large', title: 'Too much.' }, { status: 413 })));
    await expect(player().player.load('/replay')).rejects.toThrow('replay.too-large: Too much.');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(player().player.load('/replay')).rejects.toThrow('replay.unreachable');
  });

  it.each([['within_a_chunk', bytes.slice(0, bytes.length - 1)], ['by_the_network', null]])('Given_a_body_cut_off_%s_Then_what_came_stays_and_can_be_played', async (_, body) => {
    if (body) answering(body, 50);
    else vi.stubGlobal('fetch', () => Promise.resolve(new Response(cutOffAfter(bytes.slice(0, bytes.length - 32)))));
    const { player: p, told } = player();
    await expect(p.load('/replay')).rejects.toThrow('replay.cut-off');
    expect(told[told.length - 1]).toMatchObject({ loading: false, loadedToUnixMs: BASE + 2 * 3_600_000, fixes: 5 });
    p.seek(BASE + 9 * 3_600_000);
    expect(p.unixMs).toBe(BASE + 2 * 3_600_000);
    p.play(60, 1000);
    p.advance(1100);
    expect([p.unixMs, p.playing]).toEqual([BASE + 6000, true]);
  });

  it('Given_hours_that_are_still_to_come_Then_the_clock_waits_for_them_and_then_goes_on', async () => {
    let more: ReadableStreamDefaultController<Uint8Array> | undefined;
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) }))));
    const { player: p, told } = player();
    const loaded = p.load('/replay');
    const first = 32 + 2 * 12 + 4 * 14;
    await vi.waitFor(() => expect(more).toBeDefined());
    more?.enqueue(bytes.slice(0, first));
    await vi.waitFor(() => expect(p.replay?.fixes).toBe(4));
    p.play(60, 1000);
    p.advance(1100);
    expect([p.unixMs, p.playing]).toEqual([BASE, true]);
    more?.enqueue(bytes.slice(first));
    more?.close();
    await loaded;
    p.advance(1200);
    expect([p.unixMs, p.playing, told[told.length - 1].loading]).toEqual([BASE + 6000, true, false]);
  });

  it('Given_a_quiet_beginning_Then_it_stands_at_the_first_fix_unless_somebody_said_where', async () => {
    const quiet = bytes.slice(bytes.length - 32);
    const view = new DataView(quiet.buffer);
    view.setFloat64(8, BASE - 3_600_000, true);
    view.setFloat64(16, BASE, true);
    answering(new Uint8Array([...quiet, ...bytes]), 32);
    const { player: p, told } = player();
    await p.load('/replay');
    expect([told[0].unixMs, p.unixMs]).toEqual([BASE - 3_600_000, BASE]);
    answering(new Uint8Array([...quiet, ...bytes]), 32);
    const placed = player().player;
    const loaded = placed.load('/replay');
    await vi.waitFor(() => expect(placed.replay).toBeDefined());
    placed.seek(BASE - 3_600_000);
    await loaded;
    expect(placed.unixMs).toBe(placed.replay?.fixes === 5 ? BASE - 3_600_000 : NaN);
  });

  it('Given_a_quiet_beginning_When_it_is_played_while_it_comes_Then_it_is_not_thrown_back_behind_the_first_fix', async () => {
    const [second, third] = [32 + 2 * 12 + 4 * 14, bytes.length - 32];
    const quiet = bytes.slice(third);
    const view = new DataView(quiet.buffer);
    view.setFloat64(8, BASE, true);
    view.setFloat64(16, BASE + 3_600_000, true);
    const late = bytes.slice(second, third);
    new DataView(late.buffer).setInt32(32 + 12, 600_000, true); // its one fix, ten minutes after the hour
    let more: ReadableStreamDefaultController<Uint8Array> | undefined;
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) }))));
    const { player: p } = player();
    const loaded = p.load('/replay');
    more?.enqueue(quiet);
    more?.enqueue(late);
    await vi.waitFor(() => expect(p.replay?.fixes).toBe(1));
    p.play(10, 0);
    p.advance(100);
    more?.enqueue(bytes.slice(third));
    more?.close();
    await loaded;
    const firstUnixMs = BASE + 3_600_000 + 600_000;
    expect(p.unixMs).toBe(firstUnixMs);
    p.advance(200);
    expect(p.unixMs).toBe(firstUnixMs + 1000);
  });

  it('Given_another_replay_asked_for_meanwhile_Then_the_first_one_is_given_up', async () => {
    vi.stubGlobal('fetch', (_url: string, { signal }: { signal: AbortSignal }) => new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    }));
    const { player: p } = player();
    const first = p.load('/first');
    answering(bytes, 1000);
    await p.load('/second');
    await expect(first).rejects.toThrow('replay.closed');
    expect(p.replay?.fixes).toBe(5);
  });

  it('Given_sixty_times_the_speed_Then_the_clock_runs_so_and_stops_at_the_end', async () => {
    answering(bytes, 1000);
    const { player: p, told } = player();
    await p.load('/replay');
    p.play(600, 1000);
    expect(told[told.length - 1]).toEqual({ unixMs: BASE, playing: true, rate: 60, loading: false, loadedToUnixMs: BASE + 3 * 3_600_000, fixes: 5 });
    p.advance(1100);
    expect(p.unixMs).toBe(BASE + 6000);
    p.advance(1_000_000);
    expect(p.unixMs).toBe(BASE + 6000 + 250 * 60);
    p.seek(BASE + 3 * 3_600_000 - 1000);
    p.advance(1_000_100);
    expect([p.unixMs, p.playing]).toEqual([BASE + 3 * 3_600_000, false]);
    p.seek(0);
    expect(p.unixMs).toBe(BASE);
  });

  it('Given_it_is_closed_Then_the_live_picture_is_shown_again', async () => {
    answering(bytes, 1000);
    const { player: p, shown } = player();
    await p.load('/replay');
    p.close();
    p.close();
    expect(shown).toEqual([true, true, true, true, false]);
  });
});
