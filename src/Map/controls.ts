// What stands in the map's corners, in the reader's language and measures.
import { AttributionControl, NavigationControl, ScaleControl, type IControl, type Map as MapLibreMap } from 'maplibre-gl';
import { wordsOf } from './text.js';
import type { Measures } from './types.js';

const SCALE_PX = 110;

/** MapLibre's own texts. */
export function textsOf(locale: string): Record<string, string> {
  const words = wordsOf(locale);
  return {
    'Map.Title': words.map, 'NavigationControl.ZoomIn': words.zoomIn, 'NavigationControl.ZoomOut': words.zoomOut,
    'NavigationControl.ResetBearing': words.north, 'AttributionControl.ToggleAttribution': words.attribution,
  };
}

export class Controls {
  private shown: IControl[] = [];

  constructor(private readonly map: MapLibreMap, private readonly interactive: boolean) {}

  /** Controls take their texts when they are made: another language makes new ones. */
  show(locale: string, measures: Measures): void {
    for (const control of this.shown) this.map.removeControl(control);
    Object.assign(this.map._locale, textsOf(locale));
    this.map.getCanvas().setAttribute('aria-label', wordsOf(locale).map);
    this.shown = [];
    this.add(new AttributionControl({ compact: true }), 'bottom-right');
    this.add(new ScaleControl({ unit: measures, maxWidth: SCALE_PX }), 'bottom-left');
    if (this.interactive) this.add(new NavigationControl({ visualizePitch: false }), 'top-right');
  }

  private add(control: IControl, corner: 'top-right' | 'bottom-left' | 'bottom-right'): void {
    this.shown.push(control);
    this.map.addControl(control, corner);
  }
}
