// Faults as switches: one for each kind and service, and the list of all that are set, also by tests.
import { attempt, byId, element } from './dom.js';
import { call, get } from './api.js';

const SERVICES = { dps: 'Device Provisioning Service', hub: 'IoT Hub' };
const KINDS = {
  throttled: ['Throttled', '429, with Retry-After 5 s', { retryAfter: 5 }],
  error: ['Broken', 'status 500', { status: 500 }],
  allocationFailed: ['Allocation fails', 'the registration ends as "failed"', {}],
  slow: ['Slow', 'answers come 5 s late', { delay: 5 }],
  stalled: ['Stalled', 'answers stop halfway for 5 s', { delay: 5 }],
  cut: ['Cut', 'the connection closes in the middle of an answer', {}],
  garbage: ['Garbage', 'answers cannot be understood', {}],
  huge: ['Huge', 'answers are endless', {}],
};
const FOR_DPS_ONLY = new Set(['allocationFailed']);

let set = [];

const isWhole = (fault) => !fault.operation && !fault.hub && (fault.count === null || fault.count === undefined);
const standing = (kind, service) => set.find((fault) => fault.kind === kind && fault.service === service && isWhole(fault));

function toggle(kind, service) {
  return attempt(async () => {
    const fault = standing(kind, service);
    if (fault) await call('DELETE', `/faults/${fault.id}`);
    else await call('POST', '/faults', { kind, service, ...KINDS[kind][2] });
    await drawFaults();
  });
}

function switchRow(kind, service) {
  const [name, words] = KINDS[kind];
  const id = `fault-${service}-${kind}`;
  return element('div', { class: 'switch' },
    element('p', { id: `${id}-label` }, element('strong', {}, name), ' ', element('span', { class: 'note' }, words)),
    element('button', { type: 'button', role: 'switch', id, 'aria-checked': 'false', 'aria-labelledby': `${id}-label`, onclick: () => toggle(kind, service) }));
}

export function startFaults() {
  byId('switches').replaceChildren(...Object.entries(SERVICES).map(([service, title]) => element('section', { class: 'pane switch-group' },
    element('h2', {}, title),
    ...Object.keys(KINDS).filter((kind) => service === 'dps' || !FOR_DPS_ONLY.has(kind)).map((kind) => switchRow(kind, service)))));
}

function row({ id, kind, service, operation, hub, count, hits }) {
  const where = [operation ?? 'every operation', hub ? `to ${hub}` : null, count ? `${count} times` : 'until it is cleared'].filter(Boolean).join(', ');
  return element('li', {}, element('strong', {}, KINDS[kind]?.[0] ?? kind), element('span', {}, SERVICES[service] ?? service),
    element('span', { class: 'note' }, `${where}; met ${hits} operation${hits === 1 ? '' : 's'}`),
    element('span', {}, element('button', { type: 'button', onclick: () => attempt(async () => { await call('DELETE', `/faults/${id}`); await drawFaults(); }) }, 'Clear')));
}

export async function drawFaults() {
  ({ faults: set } = await get('/faults'));
  for (const service of Object.keys(SERVICES)) {
    for (const kind of Object.keys(KINDS)) byId(`fault-${service}-${kind}`)?.setAttribute('aria-checked', Boolean(standing(kind, service)));
  }
  byId('faults').replaceChildren(...(set.length > 0 ? set.map(row) : [element('li', { class: 'note' }, 'None.')]));
  byId('fault-count').textContent = set.length > 0 ? set.length : '';
}
