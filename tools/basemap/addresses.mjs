// Houses with street and number, for a geocoder that needs no network.
import zlib from 'node:zlib';
import { degreesOf } from './osm.mjs';

/** Gzipped TSV, sorted by street, number and place: street, number, latitude × 1e7, longitude × 1e7. */
export function encodeAddresses(features) {
  const rows = features.filter((f) => f.tags['addr:housenumber'] && f.tags['addr:street']).map((f) => {
    const [lon, lat] = degreesOf(f.parts[0][0]);
    const clean = (text) => String(text).replace(/\s+/g, ' ').trim();
    return { street: clean(f.tags['addr:street']), number: clean(f.tags['addr:housenumber']), lat: Math.round(lat * 1e7), lon: Math.round(lon * 1e7) };
  });
  rows.sort((a, b) => byCode(a.street, b.street) || Number.parseInt(a.number, 10) - Number.parseInt(b.number, 10)
    || byCode(a.number, b.number) || a.lat - b.lat || a.lon - b.lon);
  const text = rows.map((r) => `${r.street}\t${r.number}\t${r.lat}\t${r.lon}\n`).join('');
  return { count: rows.length, bytes: zlib.gzipSync(text, { level: 9 }) };
}

const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
