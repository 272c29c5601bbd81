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

/** @param {string} url */
export const openWindow = (url) => void window.open(url, '_blank', 'popup,width=1200,height=800');

/** Whether it could be copied. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text); // no clipboard without HTTPS, or not allowed
  }
}

/** @param {string} text */
function copyByHand(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  const before = document.activeElement;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** What this tab alone remembers. @param {string} name */
export function kept(name) {
  try { return sessionStorage.getItem(name); } catch { return null; }
}

/** @param {string} name @param {string | null} value */
export function keep(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch { /* kept until the page is left */ }
}

/** Everything behind it is out of reach until it is closed; then the focus is where it was. @param {string} id */
export function showModal(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/** @param {string} id */
export function closeModal(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement) dialog.close();
}

/** Hands the reader a file. @param {string} name @param {string} text @param {string} type */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
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
