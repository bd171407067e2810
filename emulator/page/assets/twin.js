// One identity: what the registry knows of it, and where its twin's desired and reported properties agree.
import { attempt, byId, element, facts, when } from './dom.js';
import { call, get, Refused, segment } from './api.js';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/// Every leaf of a properties object by its path, without $metadata and $version.
export function leaves(value, path = '') {
  if (!isObject(value)) return [[path, value]];
  const members = Object.entries(value).filter(([name]) => path !== '' || !name.startsWith('$'));
  if (members.length === 0 && path !== '') return [[path, value]];
  return members.flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

/// Rows of path, desired, reported and state, by path.
export function compare(desired, reported) {
  const wanted = new Map(leaves(desired));
  const present = new Map(leaves(reported));
  return [...new Set([...wanted.keys(), ...present.keys()])].sort().map((path) => {
    const states = { same: wanted.has(path) && JSON.stringify(wanted.get(path)) === JSON.stringify(present.get(path)), desired: !present.has(path), reported: !wanted.has(path) };
    const state = Object.keys(states).find((name) => states[name]) ?? 'differs';
    return { path, desired: wanted.get(path), reported: present.get(path), state };
  });
}

const WORDS = { same: '= same', differs: '≠ differs', desired: '… not reported', reported: 'only reported' };
const shown = (value) => (value === undefined ? '—' : JSON.stringify(value));

function diff(properties) {
  const rows = compare(properties.desired, properties.reported);
  if (rows.length === 0) return element('p', { class: 'note' }, 'Neither desired nor reported properties yet.');
  const cell = (label, text, kind = 'value') => element('td', { 'data-label': label, class: kind }, text);
  return element('table', { class: 'diff', id: 'diff' },
    element('thead', {}, element('tr', {}, ...['Property', 'Desired', 'Reported', ''].map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...rows.map((row) => element('tr', { 'data-state': row.state, 'data-path': row.path },
      element('td', { class: 'path value' }, row.path), cell('Desired', shown(row.desired)), cell('Reported', shown(row.reported)),
      element('td', { class: 'state' }, WORDS[row.state])))));
}

function actions(identity, pathOf) {
  const button = (text, method, path, { danger = false, body } = {}) => element('button', {
    type: 'button', class: danger ? 'danger' : undefined,
    onclick: () => {
      if (danger && !confirm(`${text} ${identity.moduleId ?? identity.deviceId}?`)) return;
      attempt(() => call(method, `${pathOf}${path}`, body));
    },
  }, text);
  const module = Boolean(identity.moduleId);
  return element('div', { class: 'actions' },
    module ? null : button('Disable', 'POST', '/disable'),
    module ? null : button('Enable', 'POST', '/enable'),
    button('Regenerate keys', 'POST', '/regenerateKeys', { danger: true }),
    button('Delete', 'DELETE', '', { danger: true }));
}

export const pathOf = ({ hub, deviceId, moduleId }) =>
  `/hubs/${segment(hub)}/devices/${segment(deviceId)}${moduleId ? `/modules/${segment(moduleId)}` : ''}`;

let drawn = '';
let asked = null;

/// Draws the identity; what has not changed since is left alone, so that a selection of text stays. An answer that comes
/// when another identity has been asked for is passed over.
export async function drawTwin(identity) {
  asked = identity;
  const place = byId('detail');
  if (!identity) {
    place.replaceChildren(element('p', { class: 'note' }, 'Choose a device or a module.'));
    drawn = '';
    return;
  }
  let twin;
  try {
    twin = await get(`${pathOf(identity)}/twin`);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    if (identity !== asked) return;
    place.replaceChildren(element('p', { class: 'note' }, `${identity.moduleId ?? identity.deviceId} is no longer in the hub.`));
    drawn = '';
    return;
  }
  const text = JSON.stringify([identity, twin]);
  if (identity !== asked || text === drawn) return;
  drawn = text;
  const name = identity.moduleId ? `${identity.deviceId} / ${identity.moduleId}` : identity.deviceId;
  const { properties } = twin;
  place.replaceChildren(
    element('h2', {}, name),
    facts([['Hub', identity.hub], ['Connection', `${twin.connectionState}`], ['Last activity', when(twin.lastActivityTime)],
      ['Authentication', twin.authenticationType ?? '—'], ['Status', twin.status ?? '—'], ['Twin version', String(twin.version)]]),
    element('h3', {}, `Properties (desired ${properties.desired.$version}, reported ${properties.reported.$version})`),
    diff(properties),
    element('h3', {}, 'Tags'),
    element('pre', { class: 'value' }, JSON.stringify(twin.tags ?? {}, null, 2)),
    element('h3', {}, 'Behind its back'),
    actions(identity, pathOf(identity)));
}
