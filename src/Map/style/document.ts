// A MapLibre style document of somebody else's, made ours to show: addresses become absolute, and only origins that the operator named
// are asked. The page's policy allows no others; here it is said before a browser refuses without words.
import type { StyleSpecification } from 'maplibre-gl';

export type StyleDocument = Partial<StyleSpecification> & { [member: string]: unknown };

/** @throws `Error` whose message says what is wrong with it, for the operator. */
export function adopted(document: StyleDocument, address: string, origins: string[], attribution: string | undefined): StyleSpecification {
  if (typeof document !== 'object' || document === null || document.version !== 8 || typeof document.sources !== 'object' || !Array.isArray(document.layers)) {
    throw new Error(`${new URL(address).host}: not a style document of version 8`);
  }
  const style = structuredClone(document) as StyleSpecification;
  const allowed = new Set([...origins, new URL(address).origin]);
  const resolve = (url: string): string => {
    const full = absolute(url, address);
    const { origin } = new URL(full);
    if (!allowed.has(origin)) throw new Error(`${new URL(address).host}: loads from ${origin}, which is not among the map source's origins`);
    return full;
  };
  for (const source of Object.values(style.sources) as { url?: string; tiles?: string[]; data?: unknown }[]) {
    if (typeof source.url === 'string') source.url = resolve(source.url);
    if (Array.isArray(source.tiles)) source.tiles = source.tiles.map(resolve);
    if (typeof source.data === 'string') source.data = resolve(source.data);
  }
  if (typeof style.glyphs === 'string') style.glyphs = resolve(style.glyphs);
  if (typeof style.sprite === 'string') style.sprite = resolve(style.sprite);
  else if (Array.isArray(style.sprite)) style.sprite = style.sprite.map((sprite) => ({ ...sprite, url: resolve(sprite.url) }));
  // What the operator owes thanks for is said once, beside what the document itself says.
  const first = Object.values(style.sources)[0] as { attribution?: string } | undefined;
  if (attribution && first) first.attribution = [attribution, first.attribution].filter(Boolean).join(' | ');
  return style;
}

/** Against the document; the braces of a template stay as they are. */
const absolute = (url: string, address: string): string =>
  new URL(url, address).href.replaceAll('%7B', '{').replaceAll('%7D', '}');
