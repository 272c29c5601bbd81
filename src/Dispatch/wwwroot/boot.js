// Starts the console, and says what is wrong where it cannot start.
const text = document.getElementById('boot-text');
const progress = document.getElementById('boot-progress');
const say = { en: { none: 'This browser does not run WebAssembly, which the console needs. Update it, or allow WebAssembly for this site.', failed: 'The console could not be loaded. Is the server there?' },
  es: { none: 'Este navegador no ejecuta WebAssembly, que la consola necesita. Actualícelo o permita WebAssembly para este sitio.', failed: 'No se pudo cargar la consola. ¿Está el servidor?' },
  de: { none: 'Dieser Browser führt kein WebAssembly aus, das die Konsole braucht. Aktualisieren Sie ihn oder erlauben Sie WebAssembly für diese Seite.', failed: 'Die Konsole konnte nicht geladen werden. Ist der Server erreichbar?' } };

function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

const language = (stored('fieldcrm.language') ?? navigator.language).slice(0, 2);
const words = say[language] ?? say.en;
const theme = stored('fieldcrm.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

function fail(reason, code) {
  text.textContent = reason;
  text.dataset.state = code;
  progress.hidden = true;
  document.getElementById('boot-help').hidden = false;
}

document.getElementById('boot-again').addEventListener('click', () => location.reload());
document.querySelector('#blazor-error-ui .reload').addEventListener('click', () => location.reload());

// A file that does not come is asked for once more, then the reader is told: the runtime itself would wait for ever.
async function load(uri, integrity) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(uri, { integrity, credentials: 'same-origin' });
      if (!answer.ok) throw new Error(`${answer.status} ${uri}`);
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
  const shown = new MutationObserver(() => {
    const percent = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--blazor-load-percentage'));
    if (percent > 0) progress.value = percent;
  });
  shown.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  const script = document.createElement('script');
  script.src = document.querySelector('meta[name="blazor-script"]').content;
  script.setAttribute('autostart', 'false');
  script.addEventListener('load', () => Blazor.start({ loadBootResource: (type, _name, uri, integrity) => (type === 'dotnetjs' ? null : load(uri, integrity)) }).then(() => shown.disconnect(), (error) => { console.error(error); fail(words.failed, 'failed'); }));
  document.body.append(script);
}
