// Hubs, their devices, and the devices' modules, as a tree with the keyboard of the ARIA authoring practices.
import { byId, element } from './dom.js';

const MOST_SHOWN = 500;  // devices; the filter finds the others

let hubs = [];
let chosen = null;
let onChoose = () => {};
const closed = new Set();

export const keyOf = ({ hub, deviceId, moduleId }) => JSON.stringify([hub, deviceId ?? null, moduleId ?? null]);

function dot(identity) {
  const state = identity.status === 'disabled' ? 'off' : identity.connectionState === 'Connected' ? 'on' : '';
  const words = identity.status === 'disabled' ? 'disabled' : identity.connectionState === 'Connected' ? 'connected' : 'not connected';
  return element('span', { class: `dot ${state}`, role: 'img', 'aria-label': words, title: words });
}

function item(level, identity, row, children = []) {
  const key = keyOf(identity);
  const open = !closed.has(key);
  return element('li', {
    role: 'treeitem', 'aria-level': level, 'aria-selected': key === chosen, 'data-key': key, tabindex: -1,
    'aria-expanded': children.length > 0 ? open : undefined,
  }, row, children.length > 0 && open ? element('ul', { role: 'group' }, ...children) : null);
}

function moduleItem(hub, deviceId, module) {
  return item(3, { hub, deviceId, moduleId: module.moduleId }, element('div', { class: 'row' }, dot(module),
    element('span', {}, module.moduleId), element('span', { class: 'kind' }, module.authenticationType)));
}

function deviceItem(hub, device, modules) {
  return item(2, { hub, deviceId: device.deviceId }, element('div', { class: 'row' }, dot(device),
    element('span', {}, device.deviceId), element('span', { class: 'kind' }, device.authenticationType)),
  modules.map((module) => moduleItem(hub, device.deviceId, module)));
}

const has = (text, wanted) => text.toLowerCase().includes(wanted);

export function drawTree() {
  const tree = byId('tree');
  const focused = tree.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const wanted = byId('filter').value.trim().toLowerCase();
  let left = MOST_SHOWN;
  let hidden = 0;
  const items = hubs.map(({ name, devices }) => {
    const matching = devices.map((device) => {
      const all = has(device.deviceId, wanted);
      return { device, modules: all ? device.modules : device.modules.filter(({ moduleId }) => has(moduleId, wanted)), all };
    }).filter(({ all, modules }) => all || modules.length > 0);
    const shown = matching.slice(0, left);
    left -= shown.length;
    hidden += matching.length - shown.length;
    return item(1, { hub: name }, element('div', { class: 'row hub' }, element('span', {}, name),
      element('span', { class: 'kind' }, `${devices.length} device${devices.length === 1 ? '' : 's'}`)),
    shown.map(({ device, modules }) => deviceItem(name, device, modules)));
  });
  tree.replaceChildren(...items);
  byId('tree-note').textContent = hidden > 0 ? `${hidden} more devices: filter to find them` : '';
  const entry = find(focused) ?? find(chosen) ?? tree.querySelector('[role="treeitem"]');
  if (entry) entry.tabIndex = 0;
  if (focused && entry) entry.focus();
}

const find = (key) => (key === null ? null : [...byId('tree').querySelectorAll('[role="treeitem"]')].find((one) => one.dataset.key === key));

export function setHubs(next) {
  hubs = next;
  drawTree();
}

export function choose(identity) {
  chosen = keyOf(identity);
  drawTree();
  onChoose(identity);
}

function toggle(key, open) {
  if (open) closed.delete(key);
  else closed.add(key);
  drawTree();
}

function focus(one) {
  if (!one) return;
  byId('tree').querySelectorAll('[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
  one.tabIndex = 0;
  one.focus();
}

function activate(one) {
  const [hub, deviceId, moduleId] = JSON.parse(one.dataset.key);
  if (deviceId === null) toggle(one.dataset.key, one.getAttribute('aria-expanded') === 'false');
  else choose({ hub, deviceId, moduleId });
}

function onKey(event) {
  const one = event.target.closest('[role="treeitem"]');
  if (!one) return;
  const all = [...byId('tree').querySelectorAll('[role="treeitem"]')];
  const at = all.indexOf(one);
  const expanded = one.getAttribute('aria-expanded');
  const actions = {
    ArrowDown: () => focus(all[at + 1]),
    ArrowUp: () => focus(all[at - 1]),
    Home: () => focus(all[0]),
    End: () => focus(all.at(-1)),
    ArrowRight: () => (expanded === 'false' ? toggle(one.dataset.key, true) : expanded === 'true' && focus(all[at + 1])),
    ArrowLeft: () => (expanded === 'true' ? toggle(one.dataset.key, false) : focus(one.parentElement.closest('[role="treeitem"]'))),
    Enter: () => activate(one),
    ' ': () => activate(one),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}

export function startTree(whenChosen) {
  onChoose = whenChosen;
  const tree = byId('tree');
  tree.addEventListener('keydown', onKey);
  tree.addEventListener('click', (event) => {
    const one = event.target.closest('[role="treeitem"]');
    if (one) activate(one);
  });
  byId('filter').addEventListener('input', drawTree);
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
    if (event.key !== '/' || typing || byId('view-devices').hidden) return;
    event.preventDefault();
    byId('filter').focus();
  });
}
