// How a unit looks, and why: shape says what it is, hue and the sign inside say whether it can be sent, age takes the colour away.
// Bright red is for emergencies and for nothing else. Hues are apart for every common kind of colour blindness (after Okabe and Ito),
// and none carries a meaning alone.

export type Theme = 'light' | 'dark';

/** Numbers of the wire: kind, availability and motion of docs/wire/LIVE.md. */
export const KIND = { vehicle: 0, person: 1, asset: 2 } as const;
export const AVAILABILITY = { unknown: 0, available: 1, busy: 2, onBreak: 3, offDuty: 4, outOfService: 5 } as const;
export const MOTION = { unknown: 0, moving: 1, idle: 2, stopped: 3 } as const;

/** Seconds after which a position begins to lose its colour, and after which it is drawn hollow. */
export const FADE_FROM_S = 30;
export const STALE_FROM_S = 120;

export interface Palette {
  /** By availability. */
  availability: readonly string[];
  /** What colours fade to. */
  aged: string;
  outline: string;
  sign: string;
  hollow: string;
  alarm: string;
  selection: string;
  label: string;
  labelHalo: string;
  count: string;
  countRim: string;
  countText: string;
  /** Speed of a track, slow to fast; the limits are SPEED_LIMITS_KMH. */
  speed: readonly string[];
  track: string;
  /** Paths that are looked at together, and their lines in the console's chart (console.css names the same). */
  paths: readonly string[];
}

export const SPEED_LIMITS_KMH = [5, 25, 45, 70] as const;

const LIGHT: Palette = {
  availability: ['#64748b', '#00875f', '#0b63b0', '#8a4f9e', '#4b5563', '#7a4a21'],
  aged: '#8b95a3',
  outline: '#ffffff',
  sign: '#ffffff',
  hollow: '#fbfcfd',
  alarm: '#e4002b',
  selection: '#10243e',
  label: '#152238',
  labelHalo: '#ffffff',
  count: '#1f5f99',
  countRim: '#ffffff',
  countText: '#ffffff',
  speed: ['#6a7080', '#3565a8', '#1f8f8a', '#6bb23f', '#d9b800'],
  track: '#ffffff',
  paths: ['#0b63b0', '#a85400', '#00775a', '#7d3f98', '#5c6470', '#8a6d00'],
};

const DARK: Palette = {
  availability: ['#94a3b8', '#2cc295', '#5aa9f0', '#c58bd8', '#8b97a8', '#c08a58'],
  aged: '#6f7b8b',
  outline: '#0c131c',
  sign: '#0c131c',
  hollow: '#18222e',
  alarm: '#ff4058',
  selection: '#ffffff',
  label: '#e8eef6',
  labelHalo: '#0e1620',
  count: '#3f86c6',
  countRim: '#0e1620',
  countText: '#ffffff',
  speed: ['#8f99aa', '#5d93dd', '#35b8b0', '#8fd05c', '#f2d544'],
  track: '#0e1620',
  paths: ['#5aa9f0', '#f0a05a', '#2cc295', '#c58bd8', '#a8b3c2', '#d9bf4a'],
};

export const paletteOf = (theme: Theme): Palette => (theme === 'dark' ? DARK : LIGHT);

export function rgbOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Half the size of a unit's shape in CSS pixels. */
export function radiusAt(zoom: number): number {
  const stops = [[8, 4.6], [11, 6.4], [13, 8.6], [15, 10.6], [17, 12.6]];
  if (zoom <= stops[0][0]) return stops[0][1];
  for (let i = 1; i < stops.length; i++) {
    const [to, size] = stops[i];
    const [from, before] = stops[i - 1];
    if (zoom <= to) return before + ((size - before) * (zoom - from)) / (to - from);
  }
  return stops[stops.length - 1][1];
}
