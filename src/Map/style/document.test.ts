import { describe, expect, it } from 'vitest';
import { adopted, type StyleDocument } from './document.js';

const ADDRESS = 'https://maps.example/styles/city.json?key=1';
const document = (): StyleDocument => ({
  version: 8,
  sources: {
    streets: { type: 'vector', tiles: ['../tiles/{z}/{x}/{y}.pbf?v={z}'], attribution: '© Somebody' },
    hills: { type: 'raster-dem', url: 'https://hills.example/tiles.json' },
  },
  glyphs: '/fonts/{fontstack}/{range}.pbf',
  sprite: 'https://maps.example/sprite',
  layers: [],
});

describe('a style document of somebody else', () => {
  it('Given_relative_addresses_Then_they_are_its_own_and_templates_stay', () => {
    const style = adopted(document(), ADDRESS, ['https://hills.example'], 'Our thanks') as unknown as { sources: Record<string, { tiles: string[]; attribution: string }>; glyphs: string; sprite: string };
    expect(style.sources['streets'].tiles).toEqual(['https://maps.example/tiles/{z}/{x}/{y}.pbf?v={z}']);
    expect(style.glyphs).toBe('https://maps.example/fonts/{fontstack}/{range}.pbf');
    expect(style.sprite).toBe('https://maps.example/sprite');
    expect(style.sources['streets'].attribution).toBe('Our thanks | © Somebody');
  });

  it('Given_an_origin_that_nobody_named_Then_it_is_refused_by_its_name', () => {
    expect(() => adopted(document(), ADDRESS, [], undefined)).toThrow('maps.example: loads from https://hills.example, which is not among the map source\'s origins');
    const sprites = { ...document(), sprite: [{ id: 'a', url: 'https://elsewhere.example/a' }] } as StyleDocument;
    expect(() => adopted(sprites, ADDRESS, ['https://hills.example'], undefined)).toThrow('https://elsewhere.example');
  });

  it.each([[null], [[]], ['text'], [{}], [{ version: 7, sources: {}, layers: [] }], [{ version: 8, sources: {} }]])('Given_%j_Then_it_is_no_style', (damaged) => {
    expect(() => adopted(damaged as unknown as StyleDocument, ADDRESS, [], undefined)).toThrow('maps.example: not a style document of version 8');
  });

  it('Given_the_document_Then_what_came_is_not_changed', () => {
    const came = document();
    adopted(came, ADDRESS, ['https://hills.example'], 'x');
    expect(came).toEqual(document());
  });
});
