// Units that drive the road graph of Montevideo, for the harness: the same seed gives the same fleet.
import fs from 'node:fs';
import { decodeGraph } from '../../../tools/basemap/graph-file.mjs';

export class Fleet {
  units = [];
  timeMs = 0;

  constructor(count, roadsFile, seed = 7) {
    let state = seed;
    this.random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const { nodes, edges } = decodeGraph(fs.readFileSync(roadsFile));
    this.nodes = nodes;
    this.out = nodes.map(() => []);
    for (const edge of edges) {
      const points = [nodes[edge.from], ...edge.shape, nodes[edge.to]];
      this.out[edge.from].push({ to: edge.to, points, kmh: edge.maxSpeedKmh });
      if (!(edge.flags & 1)) this.out[edge.to].push({ to: edge.from, points: [...points].reverse(), kmh: edge.maxSpeedKmh });
    }
    for (let unit = 1; unit <= count; unit++) this.units.push(this.spawn(unit));
  }

  spawn(unit) {
    const pickOf = (weights) => {
      let left = this.random() * weights.reduce((a, b) => a + b, 0);
      return weights.findIndex((w) => (left -= w) < 0);
    };
    const edge = this.edgeFrom(Math.floor(this.random() * this.nodes.length));
    return {
      unit, kind: pickOf([8, 2, 1]), availability: pickOf([1, 8, 6, 2, 1, 0.5]), moves: this.random() < 0.65, edge, along: this.random() * 40, speed: 4 + this.random() * 9,
      ageMs: pickOf([20, 2, 1, 0.6]) * 70_000 * this.random(), alarm: false, lost: false, battery: Math.floor(this.random() * 1000),
    };
  }

  edgeFrom(node) {
    const choices = this.out[node];
    return choices[Math.floor(this.random() * choices.length)];
  }

  step(ms) {
    this.timeMs += ms;
    for (const u of this.units) {
      if (!u.moves || u.ageMs > 30_000) {
        u.ageMs += u.ageMs > 30_000 ? ms : 0;
        continue;
      }
      u.along += (u.speed * ms) / 1000;
      for (let length = lengthOf(u.edge.points); u.along > length; length = lengthOf(u.edge.points)) {
        u.along -= length;
        u.edge = this.edgeFrom(u.edge.to);
      }
    }
  }

  /** Where a unit is and which way it looks: degrees × 1e7, hundredths of a degree. */
  placeOf(u) {
    let left = u.along;
    const { points } = u.edge;
    for (let i = 1; i < points.length; i++) {
      const length = lengthOf(points.slice(i - 1, i + 1));
      if (left > length && i < points.length - 1) {
        left -= length;
        continue;
      }
      const part = Math.min(1, left / Math.max(0.01, length));
      const [a, b] = [points[i - 1], points[i]];
      const heading = (Math.atan2((b.lon - a.lon) * Math.cos((a.lat / 1e7) * (Math.PI / 180)), b.lat - a.lat) * 180) / Math.PI;
      return {
        lat: Math.round(a.lat + (b.lat - a.lat) * part), lon: Math.round(a.lon + (b.lon - a.lon) * part), heading: Math.round(((heading + 360) % 360) * 100) % 36000,
      };
    }
    return { lat: points[0].lat, lon: points[0].lon, heading: 0 };
  }

  /** A block of docs/wire/LIVE.md with those units. */
  block(units = this.units) {
    const view = new DataView(new ArrayBuffer(8 + units.length * 32));
    view.setUint32(0, units.length, true);
    units.forEach((u, i) => {
      const at = 8 + i * 32;
      const place = this.placeOf(u);
      view.setUint32(at, u.unit, true);
      view.setInt32(at + 4, place.lat, true);
      view.setInt32(at + 8, place.lon, true);
      view.setInt32(at + 12, -Math.round(u.ageMs), true);
      view.setInt32(at + 16, -Math.round(u.ageMs), true);
      view.setUint16(at + 20, u.moves ? Math.round(u.speed * 100) : 0, true);
      view.setUint16(at + 22, place.heading, true);
      view.setUint16(at + 24, 80 + (u.unit % 60) * 8, true);
      view.setUint8(at + 26, u.kind);
      view.setUint8(at + 27, u.availability);
      view.setUint8(at + 28, u.moves ? 1 : 3);
      view.setUint8(at + 29, (u.lost ? 1 : 0) | (u.alarm ? 2 : 0));
      view.setUint16(at + 30, u.battery, true);
    });
    return new Uint8Array(view.buffer);
  }
}

function lengthOf(points) {
  let metres = 0;
  for (let i = 1; i < points.length; i++) {
    const dy = (points[i].lat - points[i - 1].lat) * 0.0111319;
    const dx = (points[i].lon - points[i - 1].lon) * 0.0111319 * Math.cos((points[i].lat / 1e7) * (Math.PI / 180));
    metres += Math.hypot(dx, dy);
  }
  return metres;
}
