// The module's door: createMap, and the handle that the console holds.
import 'maplibre-gl/dist/maplibre-gl.css';
import './map.css';
import { GlMap } from './glMap.js';
import { SvgMap } from './fallback/svgMap.js';
import { openHub } from './live/hub.js';
import { Session, sessionHandle } from './session.js';
import type { Callbacks, MapHandle, MapOptions, Tell } from './types.js';

export type * from './types.js';

const drawn = new WeakMap<HTMLElement, { session: Session; engine: GlMap | SvgMap }>();

/** What is behind a map, for its tests; the console has no business there. */
export const inspect = (element: HTMLElement) => drawn.get(element);

/** Draws a map into `element`. Without WebGL it says `webgl.missing` and draws a small one that needs none, with the same handle. */
export async function createMap(element: HTMLElement, options: MapOptions, callbacks: Callbacks): Promise<MapHandle> {
  const tell: Tell = (name, argument) => void callbacks.invokeMethodAsync(name, argument).catch(() => undefined);
  const session = new Session(() => openHub(new URL(options.unitsHubUrl, document.baseURI).href), tell);
  const ended = new AbortController();
  document.addEventListener('visibilitychange', () => void (document.hidden || session.client.wake()), { signal: ended.signal });
  window.addEventListener('online', () => session.client.wake(), { signal: ended.signal });
  element.classList.add('fc-map');
  element.dataset['theme'] = options.theme;
  let handle: MapHandle;
  if (hasWebGl()) {
    const engine = new GlMap(element, options, session, tell);
    drawn.set(element, { session, engine });
    session.client.start();
    await engine.ground.choose(options.style);
    handle = glHandle(engine, session);
  } else {
    tell('OnMapError', { code: 'webgl.missing', detail: 'this browser or machine draws no WebGL 2' });
    const engine = new SvgMap(element, options, session, tell);
    drawn.set(element, { session, engine });
    session.client.start();
    handle = engine.handle();
  }
  return {
    ...handle,
    setTheme(theme) {
      element.dataset['theme'] = theme;
      handle.setTheme(theme);
    },
    dispose() {
      ended.abort();
      session.client.stop();
      handle.dispose();
      element.classList.remove('fc-map');
    },
  };
}

function hasWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

function glHandle(engine: GlMap, session: Session): MapHandle {
  const { map, overlays, stage } = engine;
  const { player } = stage;
  return {
    ...sessionHandle(session),
    setTheme: (theme) => void engine.setTheme(theme),
    setReader: (locale, measures) => engine.setReader(locale, measures),
    setStyle: (style) => engine.ground.choose(style),
    setView: ({ lat, lon, zoom, bearing }, animate = true) =>
      void map[animate ? 'easeTo' : 'jumpTo']({ center: [lon, lat], ...(zoom === undefined ? {} : { zoom }), ...(bearing === undefined ? {} : { bearing }) }),
    fitBounds: ({ south, west, north, east }, maxZoom = 16) => void map.fitBounds([west, south, east < west ? east + 360 : east, north], { padding: 60, maxZoom, duration: 500 }),
    select: (unit) => engine.select(unit),
    follow: (unit) => engine.follow(unit),
    addLabels: (units, texts) => engine.addLabels(units, texts),
    unnamed: () => session.unnamed((unit) => engine.labels.nameOf(unit) !== undefined),
    setTrack: (track) => engine.setTrack(track),
    setMarkers: (markers) => overlays.setMarkers(markers),
    setNearest: (nearest) => overlays.setNearest(nearest),
    replay: {
      load: (url) => player.load(url),
      seek: (unixMs) => engine.seek(unixMs),
      play: (rate) => engine.play(rate),
      pause: () => player.pause(),
      pin: (units) => stage.pin(units),
      curves: (units, fromUnixMs, toUnixMs, steps) => player.replay?.curves(units, fromUnixMs, toUnixMs, steps) ?? { moving: [], units: [] },
      close: () => player.close(),
    },
    pause: () => {
      engine.setPaused(true);
      session.client.stop();
    },
    resume: () => {
      session.client.start();
      engine.setPaused(false);
    },
    dispose: () => engine.dispose(),
  };
}
