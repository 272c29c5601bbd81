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

export const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

const OURS = new Set(['/', 'j', 'k', 'f', 'n', '?', 'Escape', 'p', 'r']);

/** While a replay is open. */
const REPLAYS = new Set([' ', ',', '.', 'ArrowLeft', 'ArrowRight', 'Home', 'End']);

/** A key of the replay's that the element with the focus has no use for itself. @param {string} key @param {HTMLElement} target */
function isReplays(key, target) {
  if (!REPLAYS.has(key) || !document.querySelector('.console.replaying')) return false;
  if (key === ',' || key === '.') return true;
  if (key === ' ') return !target.closest('button, a, summary, [role=button]');
  return !target.closest('input, canvas, svg[tabindex]');
}

/** @param {(key: string) => void} pressed */
export function onKeys(pressed) {
  document.addEventListener('keydown', (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === 'k') {
      event.preventDefault();
      pressed('palette');
      return;
    }
    const target = /** @type {HTMLElement} */ (event.target);
    const isOfReplay = isReplays(key, target);
    if (event.ctrlKey || event.metaKey || event.altKey || !(OURS.has(key) || isOfReplay)) return;
    const isField = target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)
      || (target instanceof HTMLInputElement && target.type !== 'range' && target.type !== 'checkbox');
    if (isField && key !== 'Escape') return;
    if (key === '/' || isOfReplay) event.preventDefault();
    pressed(event.shiftKey && key.startsWith('Arrow') ? `Shift+${key}` : key);
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

// Alarms are heard. Two sounds that nobody mixes up: two tones in turn while somebody may be hurt, two short low ones for the rest.
const SOUNDS = {
  urgent: [880, 660, 880, 660, 880, 660].map((hz, i) => ({ hz, at: i * 0.24, for: 0.2, gain: 0.28 })),
  notice: [520, 520].map((hz, i) => ({ hz, at: i * 0.2, for: 0.12, gain: 0.16 })),
};

/** @type {AudioContext | undefined} */
let audio;

// Browsers let no page be heard that was not touched.
export const isSoundReady = () => navigator.userActivation?.hasBeenActive ?? false;

/** @param {() => void} ready */
export function onSoundReady(ready) {
  const touched = () => {
    for (const kind of ['pointerdown', 'keydown']) removeEventListener(kind, touched, true);
    audio ??= new AudioContext();
    void audio.resume();
    ready();
  };
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, touched, true);
}

/** @param {keyof typeof SOUNDS} name */
export function playSound(name) {
  if (!isSoundReady()) return;
  audio ??= new AudioContext();
  void audio.resume();
  const begin = audio.currentTime + 0.02;
  for (const note of SOUNDS[name] ?? SOUNDS.notice) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = 'triangle';
    tone.frequency.value = note.hz;
    volume.gain.setValueAtTime(0, begin + note.at);
    volume.gain.linearRampToValueAtTime(note.gain, begin + note.at + 0.01);
    volume.gain.setValueAtTime(note.gain, begin + note.at + note.for - 0.02);
    volume.gain.linearRampToValueAtTime(0, begin + note.at + note.for);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin + note.at);
    tone.stop(begin + note.at + note.for);
  }
}
