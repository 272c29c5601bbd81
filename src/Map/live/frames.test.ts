import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { NullLogger, type InvocationMessage } from '@microsoft/signalr';
import { describe, expect, it } from 'vitest';
import { FrameError, readBlocks, readCells } from './frames.js';

const folder = fileURLToPath(new URL('../../../tests/golden/live/', import.meta.url));
const names = fs.readdirSync(folder).filter((f) => f.endsWith('.bin')).map((f) => f.replace('.bin', ''));
const bytesOf = (name: string) => new Uint8Array(fs.readFileSync(`${folder}${name}.bin`));
const meaningOf = (name: string) => JSON.parse(fs.readFileSync(`${folder}${name}.json`, 'utf8'));
const orNull = (value: number) => (value === 0xffff ? null : value);

function decoded(block: Uint8Array) {
  const units: unknown[] = [];
  const gone: number[] = [];
  readBlocks([block], {
    gone: (unit) => gone.push(unit),
    record: (v, at) => units.push({
      unit: v.getUint32(at, true), latitudeE7: v.getInt32(at + 4, true), longitudeE7: v.getInt32(at + 8, true), fixedMs: v.getInt32(at + 12, true),
      heardMs: v.getInt32(at + 16, true), speedCmps: orNull(v.getUint16(at + 20, true)), headingCdeg: orNull(v.getUint16(at + 22, true)),
      accuracyDm: orNull(v.getUint16(at + 24, true)), kind: v.getUint8(at + 26), availability: v.getUint8(at + 27), motion: v.getUint8(at + 28),
      signalLost: (v.getUint8(at + 29) & 1) !== 0, openAlarm: (v.getUint8(at + 29) & 2) !== 0, batteryPermille: orNull(v.getUint16(at + 30, true)),
    }),
  });
  return { units, gone };
}

function decodedCells(level: number, bytes: Uint8Array) {
  const c = readCells(level, bytes);
  return Array.from({ length: c.length }, (_, i) =>
    ({ x: c.x[i], y: c.y[i], count: c.count[i], alarms: c.alarms[i], latitudeE7: c.latitudeE7[i], longitudeE7: c.longitudeE7[i] }));
}

function parsed(bytes: Uint8Array): InvocationMessage {
  const messages = new MessagePackHubProtocol().parseMessages(bytes.slice().buffer, NullLogger.instance);
  expect(messages).toHaveLength(1);
  return messages[0] as InvocationMessage;
}

describe('golden frames', () => {
  it('Given_the_folder_Then_every_kind_of_frame_is_in_it', () => {
    expect(names.filter((n) => n.startsWith('block-')).length).toBeGreaterThanOrEqual(4);
    expect(names.filter((n) => n.startsWith('message-')).length).toBeGreaterThanOrEqual(4);
  });

  it.each(names.filter((n) => n.startsWith('block-')))('Given_%s_Then_it_means_what_its_document_says', (name) => {
    expect(decoded(bytesOf(name))).toEqual(meaningOf(name));
  });

  it('Given_cells_Then_they_mean_what_their_document_says', () => {
    expect({ cells: decodedCells(11, bytesOf('cells')) }).toEqual(meaningOf('cells'));
  });

  it.each(names.filter((n) => n.startsWith('message-')))('Given_%s_Then_SignalR_s_own_protocol_reads_it', (name) => {
    const message = parsed(bytesOf(name));
    const meaning = meaningOf(name);
    const args = message.arguments;
    expect(message.target).toBe(meaning.target);
    expect(args[0]).toBe(meaning.watch);
    if (meaning.target === 'counts') {
      expect({ baseUnixMs: args[1], level: args[2], cells: decodedCells(args[2], args[3]) })
        .toEqual({ baseUnixMs: meaning.baseUnixMs, level: meaning.level, cells: meaning.cells });
    } else {
      expect({ mode: args[1], baseUnixMs: args[2], blocks: args[3].map(decoded) })
        .toEqual({ mode: meaning.mode, baseUnixMs: meaning.baseUnixMs, blocks: meaning.blocks });
    }
  });
});

describe('damaged frames', () => {
  const good = bytesOf('block-one-unit-two-gone');

  it('Given_a_block_cut_at_any_byte_Then_it_is_refused_and_nothing_is_handed_on', () => {
    const sink = { record: () => expect.fail('a record'), gone: () => expect.fail('a gone unit') };
    for (let length = 0; length < good.length; length++) {
      expect(() => readBlocks([good.slice(0, length)], sink), `${length} bytes`).toThrow(FrameError);
      expect(() => readBlocks([bytesOf('block-two-units'), good.slice(0, length)], sink), `second, ${length} bytes`).toThrow(FrameError);
    }
  });

  it('Given_a_count_that_overflows_Then_it_is_refused', () => {
    const huge = good.slice();
    huge.set([0xff, 0xff, 0xff, 0xff], 0);
    expect(() => decoded(huge)).toThrow('frame.length');
  });

  it('Given_too_many_or_broken_cells_Then_they_are_refused', () => {
    expect(() => readCells(3, new Uint8Array(25))).toThrow('frame.length');
    expect(() => readCells(3, new Uint8Array(4097 * 24))).toThrow('frame.too-many-cells');
  });
});
