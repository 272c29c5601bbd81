import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Player } from './player.js';

const bytes = new Uint8Array(fs.readFileSync(fileURLToPath(new URL('../../../tests/golden/replay/three-hours.bin', import.meta.url))));
const BASE = 1_795_370_400_000;

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
    return Promise.resolve(new Response(stream, { status }));
  });
}

function player() {
  const told: { unixMs: number; playing: boolean; rate: number }[] = [];
  const shown: boolean[] = [];
  return { told, shown, player: new Player((name, argument) => void (name === 'OnReplay' && told.push(argument as never)), (replay) => void shown.push(replay !== undefined)) };
}

describe('Player', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([1, 7, 64, 100_000])('Given_a_body_in_pieces_of_%i_bytes_Then_the_replay_is_the_same', async (piece) => {
    answering(bytes, piece);
    const { player: p, shown } = player();
    expect(await p.load('/replay')).toEqual({ fromUnixMs: BASE, toUnixMs: BASE + 3 * 3_600_000, units: [7, 4_000_000_001] });
    expect(shown).toEqual([true]);
    expect(p.unixMs).toBe(BASE);
    expect(p.replay?.fixes).toBe(5);
  });

  it('Given_a_body_cut_off_or_refused_Then_it_is_said_with_a_code', async () => {
    answering(bytes.slice(0, bytes.length - 1), 50);
    await expect(player().player.load('/replay')).rejects.toThrow('replay.cut-off');
    answering(bytes, 50, 403);
    await expect(player().player.load('/replay')).rejects.toThrow('replay.refused: 403');
  });

  it('Given_sixty_times_the_speed_Then_the_clock_runs_so_and_stops_at_the_end', async () => {
    answering(bytes, 1000);
    const { player: p, told } = player();
    await p.load('/replay');
    p.play(600, 1000);
    expect(told[told.length - 1]).toEqual({ unixMs: BASE, playing: true, rate: 60 });
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
    expect(shown).toEqual([true, false]);
  });
});
