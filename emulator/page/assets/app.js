// The start: the token, then the views, then the events that keep them true.
import { forgetToken, get, hasToken, keepToken, takeTokenFromAddress } from './api.js';
import { byId, element, tell } from './dom.js';
import { startEnrollments, drawEnrollments } from './enrollments.js';
import { follow, startEvents } from './events.js';
import { drawFaults, startFaults } from './faults.js';
import { startTabs } from './tabs.js';
import { setHubs, startTree } from './tree.js';
import { drawTwin } from './twin.js';

let chosen = null;

const LINK_WORDS = { live: 'live', waiting: 'connecting', lost: 'not reachable, trying again' };
function showLink(state) {
  const place = byId('link-state');
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = LINK_WORDS[state];
}

function showFacts({ version, idScope, devices, modules }) {
  const pairs = { Version: version, 'ID scope': idScope, Devices: devices, Modules: modules };
  byId('facts').replaceChildren(...Object.entries(pairs).map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, String(value)))));
}

// A busy emulator shall not keep the page busier than the eye can follow.
const PAUSE_MS = 250;

async function refresh() {
  const [status, { hubs }] = await Promise.all([get('/status'), get('/hubs'), drawFaults(), drawEnrollments()]);
  showFacts(status);
  setHubs(hubs);
  await drawTwin(chosen);
  await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
}

function askForToken(message) {
  for (const place of ['nav', 'main']) document.querySelector(place).hidden = true;
  byId('sign-in').hidden = false;
  byId('sign-in-error').textContent = message;
  byId('token').focus();
}

async function open() {
  let status;
  try {
    status = await get('/status');
  } catch (error) {
    forgetToken();
    askForToken(error.status === 401 ? 'This is not the token of this emulator.' : error.message);
    return;
  }
  byId('sign-in').hidden = true;
  for (const place of ['nav', 'main']) document.querySelector(place).hidden = false;
  showFacts(status);
  startEnrollments(status.hubs);
  startFaults();
  startEvents();
  startTree((identity) => {
    chosen = identity;
    drawTwin(chosen).catch((error) => tell(error.message));
  });
  startTabs();
  document.addEventListener('changed', () => refresh().catch((error) => tell(error.message)));
  try {
    await follow(refresh, showLink);
  } catch (error) {
    forgetToken();
    tell(`${error.message}: load this page again`);
  }
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  byId('token').value = '';
  open();
});
takeTokenFromAddress();
if (hasToken()) open();
else askForToken('');
