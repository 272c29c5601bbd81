import { expect, test } from 'vitest';
import { zoomWhereLong } from './geojson.js';

test('a distance is written from the zoom on at which its line is long enough', () => {
  const spot = { lon: -56.165, lat: -34.893 };
  // One 512th of a world's width is a pixel at zoom 0: 110 pixels of 0.0110 degrees need 360 / 512 * 110 / 0.011 times that.
  expect(zoomWhereLong(spot, { lon: -56.154, lat: -34.893 })).toBeCloseTo(Math.log2((360 / 512) * 110 / 0.011), 6);
  // At 35 degrees south a step to the north is longer on the map than one to the east.
  expect(zoomWhereLong(spot, { lon: -56.165, lat: -34.882 })).toBeLessThan(zoomWhereLong(spot, { lon: -56.154, lat: -34.893 }));
  expect(zoomWhereLong(spot, spot)).toBeGreaterThan(24);
});
