// The page the tests drive: a map as the console makes one, and everything it said.
import { createMap, inspect } from '/dispatch/map/map.js';

const query = new URLSearchParams(location.search);
const number = (name, or) => (query.has(name) ? Number(query.get(name)) : or);
const calls = [];
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));

const element = document.getElementById('map');
window.calls = calls;
window.violations = violations;
window.inspected = () => inspect(element);
window.handle = await createMap(element, {
  unitsHubUrl: '/live/units',
  style: { kind: 'builtin' },
  theme: query.get('theme') ?? 'light',
  locale: query.get('locale') ?? 'en-GB',
  measures: query.get('measures') ?? 'metric',
  view: { lat: number('lat', -34.885), lon: number('lon', -56.165), zoom: number('zoom', 12) },
  interactive: true,
}, {
  invokeMethodAsync(method, argument) {
    calls.push([method, argument]);
    if (calls.length > 5000) calls.shift();
    return Promise.resolve();
  },
});
window.ready = true;
