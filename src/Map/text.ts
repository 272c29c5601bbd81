// The few words the map says by itself. Everything else is the console's.

const WORDS = {
  en: { map: 'Map of units. Arrow keys move, plus and minus zoom, Enter picks what is in the middle.', zoomIn: 'Zoom in', zoomOut: 'Zoom out', north: 'North up', attribution: 'Sources of the map' },
  es: { map: 'Mapa de unidades. Las flechas mueven, más y menos cambian la escala, Intro elige lo que está en el centro.', zoomIn: 'Acercar', zoomOut: 'Alejar', north: 'Norte arriba', attribution: 'Fuentes del mapa' },
  de: { map: 'Karte der Einheiten. Pfeiltasten verschieben, Plus und Minus zoomen, Eingabe wählt, was in der Mitte steht.', zoomIn: 'Vergrößern', zoomOut: 'Verkleinern', north: 'Norden oben', attribution: 'Quellen der Karte' },
} as const;

export type Words = Record<keyof (typeof WORDS)['en'], string>;

export function wordsOf(locale: string): Words {
  return WORDS[locale.slice(0, 2).toLowerCase() as keyof typeof WORDS] ?? WORDS.en;
}

