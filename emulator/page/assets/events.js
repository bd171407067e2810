// What happens, newest first, and the pulse of the page: every event may have changed what the other views show.
import { byId, element } from './dom.js';
import { get } from './api.js';

const MOST_SHOWN = 300;
const WAIT_SECONDS = 25;

const kept = [];

const isRefusal = ({ kind, status }) => /refus|fail|reject/.test(kind) || status >= 400;

function line(event) {
  const time = new Date(event.time);
  return element('li', { class: isRefusal(event) ? 'refusal' : undefined, 'data-kind': event.kind },
    element('time', { datetime: event.time }, time.toLocaleTimeString()),
    element('span', {}, event.kind), element('span', { class: 'id' }, event.identity || event.service || ''),
    element('span', {}, event.detail ?? ''));
}

export function drawEvents() {
  const wanted = byId('event-filter').value.trim().toLowerCase();
  const only = byId('only-refusals').checked;
  const shown = kept.filter((event) => (!only || isRefusal(event)) && JSON.stringify(event).toLowerCase().includes(wanted));
  const lines = shown.slice(0, MOST_SHOWN).map(line);
  byId('events').replaceChildren(...(lines.length > 0 ? lines : [element('li', {}, 'Nothing yet.')]));
}

export function startEvents() {
  byId('event-filter').addEventListener('input', drawEvents);
  byId('only-refusals').addEventListener('change', drawEvents);
  drawEvents();
}

/// Asks for events for ever; calls `onEvents` after each batch, `onState` with "live" or "lost".
export async function follow(onEvents, onState) {
  let after = 0;
  let wait = 0;  // what is there already is shown at once
  for (;;) {
    try {
      const { events, last } = await get(`/events?after=${after}&wait=${wait}`);
      wait = WAIT_SECONDS;
      onState('live');
      if (last < after) kept.length = 0;  // the emulator was started anew
      after = last;
      kept.unshift(...[...events].reverse());
      kept.length = Math.min(kept.length, 10 * MOST_SHOWN);
      drawEvents();
      await onEvents();
    } catch (error) {
      if (error.status === 401 || error.status === 403) throw error;
      onState('lost');
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  }
}
