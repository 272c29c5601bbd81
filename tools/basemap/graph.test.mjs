import { describe, expect, it } from 'vitest';
import { EDGE, NODE, roadGraph, strongComponents } from './graph.mjs';
import { decodeGraph, encodeGraph } from './graph-file.mjs';
import { joinAtEdges } from './osm.mjs';

/** Grid coordinates near Montevideo, 1,000 units (about 8 m on the ground) apart. */
const at = (x, y) => [1_476_395_008 + 1000 * x, 2_591_031_296 + 1000 * y];
const way = (id, tags, ...points) => ({ id, kind: 'line', tags: { highway: 'residential', ...tags }, parts: [points] });

describe('joinAtEdges', () => {
  it('Given_a_way_cut_twice_Then_it_is_one_line_in_its_own_direction', () => {
    const pieces = [[at(5, 0), at(6, 0)], [at(0, 0), at(2, 0)], [at(2, 0), at(4, 0), at(5, 0)]];
    expect(joinAtEdges(pieces)).toEqual([[at(0, 0), at(2, 0), at(4, 0), at(5, 0), at(6, 0)]]);
  });

  it('Given_pieces_that_do_not_meet_Then_both_stay', () => {
    const pieces = [[at(0, 0), at(1, 0)], [at(3, 0), at(4, 0)]];
    expect(joinAtEdges(pieces)).toEqual(pieces);
  });

  it('Given_a_ring_cut_in_two_Then_it_is_closed_again', () => {
    const pieces = [[at(0, 0), at(1, 0), at(2, 0)], [at(2, 0), at(1, 1), at(0, 0)]];
    expect(joinAtEdges(pieces)).toEqual([[at(0, 0), at(1, 0), at(2, 0), at(1, 1), at(0, 0)]]);
  });
});

describe('strongComponents', () => {
  it('Given_two_cycles_joined_one_way_Then_they_are_two_parts', () => {
    const component = strongComponents([[1], [2], [0, 3], [4], [3], []]);
    expect(component[0]).toBe(component[1]);
    expect(component[1]).toBe(component[2]);
    expect(component[3]).toBe(component[4]);
    expect(new Set(component).size).toBe(3);
  });
});

describe('roadGraph', () => {
  const square = [
    way('1', { name: 'Rambla', maxspeed: '60' }, at(0, 0), at(1, 0), at(2, 0)),
    way('2', { oneway: '-1', name: 'Sarandí' }, at(0, 2), at(0, 1), at(0, 0)),
    way('3', { highway: 'primary', tunnel: 'yes' }, at(2, 0), at(0, 2)),
  ];

  it('Given_streets_that_form_a_ring_Then_nodes_stand_where_they_meet_and_shapes_between', () => {
    const { nodes, edges } = roadGraph(square);
    expect(nodes).toHaveLength(3);
    expect(edges).toHaveLength(3);
    const rambla = edges.find((e) => e.name === 'Rambla');
    expect(rambla.maxSpeedKmh).toBe(60);
    expect(rambla.shape).toHaveLength(1);
    expect(rambla.flags).toBe(0);
    expect(edges.find((e) => e.class === 2).flags).toBe(EDGE.tunnel);
  });

  it('Given_a_street_oneway_against_its_drawing_Then_the_edge_runs_the_way_one_drives', () => {
    const { nodes, edges } = roadGraph(square);
    const edge = edges.find((e) => e.name === 'Sarandí');
    expect(edge.flags).toBe(EDGE.oneWay);
    expect(nodes[edge.from].lat).toBeGreaterThan(nodes[edge.to].lat); // drawn north to south, y grows southwards
  });

  it('Given_a_street_one_can_enter_but_not_leave_Then_it_is_left_out', () => {
    const trap = way('4', { oneway: 'yes', name: 'Trampa' }, at(2, 0), at(5, 0));
    expect(roadGraph([...square, trap]).edges.map((e) => e.name)).not.toContain('Trampa');
  });

  it('Given_private_roads_and_footways_Then_they_are_not_driven', () => {
    const closed = [way('5', { access: 'private' }, at(0, 0), at(2, 2)), way('6', { highway: 'footway' }, at(0, 0), at(2, 2))];
    expect(roadGraph([...square, ...closed]).edges).toHaveLength(3);
  });

  it('Given_lights_a_few_metres_before_the_crossing_Then_the_crossing_has_them', () => {
    const lights = { id: '7', kind: 'point', tags: { highway: 'traffic_signals' }, parts: [[at(1, 0)]] };
    const { nodes } = roadGraph([...square, lights]);
    expect(nodes.filter((n) => n.flags === NODE.signals)).toHaveLength(1);
  });

  it('Given_a_graph_Then_the_file_gives_it_back', () => {
    const graph = roadGraph(square);
    expect(decodeGraph(encodeGraph(graph))).toEqual(graph);
  });
});
