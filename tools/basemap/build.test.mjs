import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto } from './build.mjs';
import { strongComponents } from './graph.mjs';
import { decodeGraph } from './graph-file.mjs';

const filesOf = (folder) => fs.readdirSync(folder, { recursive: true }).filter((f) => fs.statSync(path.join(folder, f)).isFile()).sort();

describe('the base map of Montevideo and the world', () => {
  let folder;
  let index;
  let again;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basemap-'));
    index = buildInto(path.join(folder, 'first'));
    again = buildInto(path.join(folder, 'second'));
  }, 300_000);

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }), 60_000);

  const tile = (set, z, x, y) => {
    const bytes = zlib.gunzipSync(fs.readFileSync(path.join(folder, 'first', set, `${z}/${x}/${y}.pbf`)));
    return new VectorTile(new PbfReader(bytes)).layers;
  };

  const names = (layer) => new Set(Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties.name));

  it('Given_the_same_packages_Then_two_builds_are_equal_byte_for_byte', () => {
    const files = filesOf(path.join(folder, 'first'));
    expect(filesOf(path.join(folder, 'second'))).toEqual(files);
    const different = files.filter((f) => !fs.readFileSync(path.join(folder, 'first', f)).equals(fs.readFileSync(path.join(folder, 'second', f))));
    expect(different).toEqual([]);
    expect(again).toEqual(index);
  });

  it('Given_the_tiles_Then_they_are_a_few_megabytes', () => {
    expect(index.tilesets.world.bytes + index.tilesets.montevideo.bytes).toBeLessThan(6 * 1024 * 1024);
  });

  it('Given_the_old_town_Then_its_streets_buildings_and_sea_are_in_the_tile', () => {
    const layers = tile('montevideo', 14, 5634, 9889);
    expect(Object.keys(layers)).toEqual(expect.arrayContaining(['ground', 'sea', 'road', 'building', 'poi']));
    expect(names(layers.road)).toContain('Sarandí');
  });

  it('Given_the_whole_world_Then_land_and_countries_are_in_the_first_tile', () => {
    expect(Object.keys(tile('world', 0, 0, 0))).toContain('land');
    expect(names(tile('world', 3, 2, 4).country)).toContain('Uruguay');
    expect(names(tile('world', 4, 5, 9).city)).toContain('Montevideo');
  });

  it('Given_the_road_graph_Then_every_node_is_reached_from_every_other', () => {
    const { nodes, edges } = decodeGraph(fs.readFileSync(path.join(folder, 'first/roads.bin')));
    const out = nodes.map(() => []);
    for (const e of edges) {
      out[e.from].push(e.to);
      if (!(e.flags & 1)) out[e.to].push(e.from);
    }
    expect(new Set(strongComponents(out)).size).toBe(1);
    expect(nodes.length).toBeGreaterThan(10_000);
    expect(edges.filter((e) => e.flags & 1).length).toBeGreaterThan(3000);
    expect(edges.filter((e) => e.flags & 2).length).toBeGreaterThan(0);
    expect(nodes.filter((n) => n.flags & 1).length).toBeGreaterThan(100);
    expect(edges.some((e) => e.name === 'Bulevar General Artigas' && e.maxSpeedKmh >= 45)).toBe(true);
    const box = (p) => p.lat > -350_000_000 && p.lat < -348_000_000 && p.lon > -564_000_000 && p.lon < -559_000_000;
    expect(nodes.every(box) && edges.every((e) => e.shape.every(box))).toBe(true);
  });

  it('Given_the_addresses_Then_a_house_is_found_by_street_and_number', () => {
    const rows = zlib.gunzipSync(fs.readFileSync(path.join(folder, 'first/addresses.tsv.gz'))).toString('utf8').split('\n');
    expect(rows.length).toBeGreaterThan(200_000);
    expect(rows.some((row) => /^Avenida 18 de Julio\t1360\t-349\d{6}\t-561\d{6}$/i.test(row))).toBe(true);
  });
});
