// The tab list: arrow keys, Home and End move; the address remembers the view.
import { byId } from './dom.js';

const tabs = () => [...document.querySelectorAll('[role="tab"]')];

export function show(name) {
  for (const tab of tabs()) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute('aria-selected', chosen);
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
  history.replaceState(null, '', `#${name}`);
}

const nameOf = (tab) => tab.id.slice('tab-'.length);

export function startTabs() {
  const all = tabs();
  for (const tab of all) tab.addEventListener('click', () => show(nameOf(tab)));
  document.querySelector('[role="tablist"]').addEventListener('keydown', (event) => {
    const at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const tab = all[(next + all.length) % all.length];
    show(nameOf(tab));
    tab.focus();
  });
  const wanted = all.find((tab) => nameOf(tab) === location.hash.slice(1));
  show(wanted ? nameOf(wanted) : 'devices');
}
