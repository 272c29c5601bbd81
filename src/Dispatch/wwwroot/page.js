// @ts-check
// What the console needs of the browser besides the map: stored choices, keys, focus, printing, clipboard, windows.

/** @param {string} name */
export function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

/** @param {string} name @param {string | null} value */
export function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch { /* a browser that keeps nothing: the choice holds until the page is left */ }
}

export const locale = () => navigator.language;
export const isDark = () => document.documentElement.dataset.theme === 'dark'
  || (document.documentElement.dataset.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);

/** @param {(dark: boolean) => void} changed */
export function onThemeChange(changed) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => changed(isDark()));
}

/** @param {string} theme light, dark or nothing for the system's. @param {string} language */
export function dress(theme, language) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  root.lang = language;
}

const OURS = new Set(['/', 'j', 'k', 'f', 'n', '?', 'Escape', 'p']);

/** @param {(key: string) => void} pressed */
export function onKeys(pressed) {
  document.addEventListener('keydown', (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === 'k') {
      event.preventDefault();
      pressed('palette');
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !OURS.has(key)) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const isField = target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
    if (isField && key !== 'Escape') return;
    if (key === '/') event.preventDefault();
    pressed(key);
  });
}

/** @param {string} id */
export function focus(id) {
  const element = document.getElementById(id);
  element?.focus();
  if (element instanceof HTMLInputElement) element.select();
}

/** @param {string} id */
export const reveal = (id) => document.getElementById(id)?.scrollIntoView({ block: 'nearest' });
export const print = () => window.print();

/** A console keeps its name over a reload; a map that was popped out of it is told the name by its address. */
export function windowId() {
  try {
    const known = sessionStorage.getItem('fieldcrm.window');
    if (known) return known;
    const made = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    sessionStorage.setItem('fieldcrm.window', made);
    return made;
  } catch { return 'alone'; }
}

/** @param {string} console @param {(text: string) => void} told */
export function join(console, told) {
  const channel = new BroadcastChannel(`fieldcrm.console.${console}`);
  channel.addEventListener('message', (event) => told(String(event.data)));
  return channel;
}

/** @param {BroadcastChannel} channel @param {string} text */
export const tellWindows = (channel, text) => channel.postMessage(text);
/** @param {BroadcastChannel} channel */
export const leaveWindows = (channel) => channel.close();

/** @param {() => void} changed */
export function onStored(changed) {
  addEventListener('storage', (event) => event.key?.startsWith('fieldcrm.') !== false && changed());
}

/** @param {string} url */
export const openWindow = (url) => void window.open(url, '_blank', 'popup,width=1200,height=800');

/** @param {string} text */
export async function copy(text) {
  await navigator.clipboard.writeText(text);
}

/** Posts a form of our own page, as leaving the session does. @param {string} url @param {string} field @param {string} value */
export function postForm(url, field, value) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = url;
  if (field) {
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = field;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

/** @param {string} id The clicked place of an element of this id, 0 to 1. @param {number} clientX */
export function fractionAt(id, clientX) {
  const box = document.getElementById(id)?.getBoundingClientRect();
  return box && box.width > 0 ? Math.min(1, Math.max(0, (clientX - box.left) / box.width)) : 0;
}
