// SVG elements as the small map makes them.

const NS = 'http://www.w3.org/2000/svg';

export function make<K extends 'svg' | 'g' | 'path' | 'circle' | 'text'>(name: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
