// The ground under the units: the map that was chosen, and the offline one where that fails. It says which of both it is.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl';
import type { StyleChoice, Tell } from '../types.js';
import type { Theme } from '../units/appearance.js';
import { emptyStyle, groundFor, type Ground as ChosenGround } from './choose.js';
import { SourceHealth } from './health.js';

const OFFLINE: StyleChoice = { kind: 'builtin' };

export class Ground {
  private life = 0;
  /** What is drawn now; the offline map where the chosen one is broken and has nothing beneath it. */
  private drawn: StyleChoice = OFFLINE;
  private health: SourceHealth | undefined;

  /** @param dressed The style is another: what lies over it must be put on again. */
  constructor(private readonly map: MapLibreMap, private theme: Theme, private readonly tell: Tell, private readonly dressed: () => void) {
    map.on('sourcedata', (event) => event.tile && this.health?.loaded(event.sourceId));
    map.on('idle', () => this.health?.idle());
  }

  /** Resolves when the style is there. A map that cannot be had is told, and the offline one is drawn. */
  async choose(choice: StyleChoice): Promise<void> {
    const life = ++this.life;
    let ground: ChosenGround;
    try {
      ground = await groundFor(choice, this.theme);
    } catch (error) {
      if (life !== this.life) return;
      if (choice.kind === 'builtin') {
        this.tell('OnMapError', { code: 'basemap.missing', detail: String(error) });
        await this.draw({ style: emptyStyle(this.theme), watched: [] }, choice, life);
      } else {
        await this.fallBack(error instanceof Error ? error.message : String(error), life);
      }
      return;
    }
    await this.draw(ground, choice, life);
  }

  async setTheme(theme: Theme): Promise<void> {
    if (theme === this.theme) return;
    this.theme = theme;
    const { drawn } = this;
    if (drawn.kind === 'style') return; // its own look
    const style = await groundFor(drawn, theme).then((g) => g.style, () => emptyStyle(theme));
    if (drawn === this.drawn) this.repaint(style);
  }

  /** An error of the map's that may be the chosen source's. */
  failed(sourceId: string | undefined, error: unknown): void {
    const { url, status } = (error ?? {}) as { url?: string; status?: number };
    const host = url && URL.canParse(url) ? new URL(url).host : '';
    this.health?.failed(sourceId, [host, status || (error instanceof Error ? error.message : '')].filter(Boolean).join(': '));
  }

  end(): void {
    this.life++;
    this.health = undefined;
  }

  private async draw(ground: ChosenGround, choice: StyleChoice, life: number): Promise<void> {
    if (life !== this.life) return;
    this.drawn = choice;
    this.health = ground.watched.length === 0 ? undefined : new SourceHealth(ground.watched, (state, detail) => this.become(state, detail, life));
    const loaded = new Promise<void>((resolve) => void this.map.once('style.load', () => resolve()));
    this.map.setStyle(ground.style, { diff: false });
    await loaded;
    if (life === this.life) this.dressed();
  }

  private become(state: 'ready' | 'broken', detail: string, life: number): void {
    if (life !== this.life) return;
    // Our own map lies beneath pictures and streets already; under the other kinds there is nothing.
    if (state === 'broken' && (this.drawn.kind === 'style' || this.drawn.kind === 'vector')) void this.fallBack(detail, life);
    else this.tell('OnSource', { state, detail });
  }

  private async fallBack(detail: string, life: number): Promise<void> {
    this.tell('OnSource', { state: 'broken', detail });
    const offline = await groundFor(OFFLINE, this.theme).catch(() => ({ style: emptyStyle(this.theme), watched: [] }));
    await this.draw(offline, OFFLINE, life);
  }

  private repaint(style: StyleSpecification): void {
    for (const layer of style.layers) {
      if (!this.map.getLayer(layer.id)) continue;
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
    }
    this.map.triggerRepaint();
  }
}
