// @ts-check
// Between the console and the map module: JSON in, JSON out. The page says which build of the module it belongs to.

const style = /** @type {HTMLLinkElement} */ (document.querySelector('link[href$="/map.css"]'));
const address = new URL('map.js', style.href).href;

/** @param {string} elementId @param {string} options @param {(name: string, argument: string) => void} told */
export async function open(elementId, options, told) {
  const { createMap } = await import(address);
  const element = document.getElementById(elementId);
  if (!element) throw new Error(`no element ${elementId}`);
  const callbacks = {
    async invokeMethodAsync(/** @type {string} */ name, /** @type {unknown} */ argument) {
      told(name, JSON.stringify(argument));
    },
  };
  return createMap(element, JSON.parse(options), callbacks);
}

/** @param {any} map @param {string} path @param {string[]} texts */
function invoke(map, path, texts) {
  const names = path.split('.');
  const last = /** @type {string} */ (names.pop());
  const owner = names.reduce((object, name) => object[name], map);
  return owner[last](...texts.map((text) => JSON.parse(text)));
}

/** @param {any} map @param {string} path @param {string[]} texts */
export function call(map, path, texts) {
  return JSON.stringify(invoke(map, path, texts)) ?? 'null';
}

/** @param {any} map @param {string} path @param {string[]} texts */
export async function callAsync(map, path, texts) {
  return JSON.stringify(await invoke(map, path, texts)) ?? 'null';
}

/** Units beyond those known are hidden too while there is a search: they may not match either. */
const ROOM = 65536;

/** @param {any} map @param {string | null} numbers @param {number} maxAgeMs */
export function showOnly(map, numbers, maxAgeMs) {
  if (numbers === null && maxAgeMs === 0) {
    map.setHidden([]);
    return;
  }
  const known = map.printable();
  const found = numbers === null ? null : JSON.parse(numbers);
  const highest = [known.unit, found ?? []].flat().reduce((/** @type {number} */ most, /** @type {number} */ unit) => Math.max(most, unit), 0);
  const hidden = new Uint8Array((highest >> 3) + (found ? ROOM >> 3 : 1)).fill(found ? 0xff : 0);
  for (const unit of found ?? []) hidden[unit >> 3] &= ~(1 << (unit & 7));
  if (maxAgeMs > 0) {
    known.unit.forEach((/** @type {number} */ unit, /** @type {number} */ row) => {
      if (known.serverUnixMs - known.fixedUnixMs[row] > maxAgeMs) hidden[unit >> 3] |= 1 << (unit & 7);
    });
  }
  map.setHidden(hidden);
}
