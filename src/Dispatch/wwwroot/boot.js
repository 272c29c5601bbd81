// Starts the console, and says what is wrong where it cannot start.
const text = document.getElementById('boot-text');
const progress = document.getElementById('boot-progress');
const say = {
  en: { loading: 'Loading the console…', again: 'Try again', start: 'Start page', failed: 'The console could not be loaded. Is the server there?',
    none: 'This browser does not run WebAssembly, which the console needs. Update it, or allow WebAssembly for this site.',
    slow: 'Nothing has come for a while. It goes on by itself when the server answers.' },
  es: { loading: 'Cargando la consola…', again: 'Reintentar', start: 'Página de inicio', failed: 'No se pudo cargar la consola. ¿Está el servidor?',
    none: 'Este navegador no ejecuta WebAssembly, que la consola necesita. Actualícelo o permita WebAssembly para este sitio.',
    slow: 'Hace un rato que no llega nada. Sigue sola cuando el servidor responda.' },
  de: { loading: 'Die Konsole wird geladen…', again: 'Noch einmal versuchen', start: 'Startseite', failed: 'Die Konsole konnte nicht geladen werden. Ist der Server erreichbar?',
    none: 'Dieser Browser führt kein WebAssembly aus, das die Konsole braucht. Aktualisieren Sie ihn oder erlauben Sie WebAssembly für diese Seite.',
    slow: 'Seit einer Weile ist nichts gekommen. Sobald der Server antwortet, geht es von selbst weiter.' },
};

function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

const language = (stored('fieldcrm.language') ?? navigator.language).slice(0, 2);
const words = say[language] ?? say.en;
document.documentElement.lang = say[language] ? language : 'en';
document.getElementById('boot-again').textContent = words.again;
document.getElementById('boot-start').textContent = words.start;
const theme = stored('fieldcrm.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

text.textContent = words.loading;

const SLOW_AFTER_MS = 15_000;
let waiting = 0;

function show(reason, code) {
  text.textContent = reason;
  text.dataset.state = code;
  document.getElementById('boot-help').hidden = code === 'loading';
}

function fail(reason, code) {
  stopWaiting();
  show(reason, code);
  progress.hidden = true;
}

function stopWaiting() {
  clearTimeout(waiting);
  waiting = NaN;
}

// A file may never come and never fail: the runtime would wait without a word.
function came() {
  if (Number.isNaN(waiting)) return;
  clearTimeout(waiting);
  if (text.dataset.state === 'slow') show(words.loading, 'loading');
  waiting = setTimeout(() => show(words.slow, 'slow'), SLOW_AFTER_MS);
}

document.getElementById('boot-again').addEventListener('click', () => location.reload());
document.querySelector('#blazor-error-ui .reload').addEventListener('click', () => location.reload());

// A file that does not come is asked for once more, then the reader is told: the runtime itself would wait for ever.
async function load(uri, integrity) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(uri, { integrity, credentials: 'same-origin' });
      if (!answer.ok) throw new Error(`${answer.status} ${uri}`);
      came();
      return answer;
    } catch (error) {
      if (attempt < 2) continue;
      fail(words.failed, 'failed');
      throw error;
    }
  }
}

addEventListener('error', (event) => event.target instanceof HTMLScriptElement && fail(words.failed, 'failed'), true);

if (typeof WebAssembly !== 'object') {
  fail(words.none, 'no-webassembly');
} else {
  came();
  // The map's module comes and is compiled beside the runtime; who opens the map says so if it does not come (map-door.js).
  const mapStyle = document.querySelector('link[href$="/map.css"]');
  if (mapStyle) import(new URL('map.js', mapStyle.href).href).catch(() => undefined);
  const shown = new MutationObserver(() => {
    came();
    const percent = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--blazor-load-percentage'));
    if (percent > 0) progress.value = percent;
  });
  shown.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  const script = document.createElement('script');
  script.src = document.querySelector('meta[name="blazor-script"]').content;
  script.setAttribute('autostart', 'false');
  script.addEventListener('load', () => Blazor.start({ loadBootResource: (type, _name, uri, integrity) => (type === 'dotnetjs' ? null : load(uri, integrity)) }).then(() => { shown.disconnect(); stopWaiting(); }, (error) => { console.error(error); fail(words.failed, 'failed'); }));
  document.body.append(script);
}
