// Elements from data. Text is always set as text: names and messages come from devices.
export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key.startsWith('aria-') && value !== undefined) made.setAttribute(key, value);
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

export function facts(pairs) {
  return element('dl', { class: 'facts' }, ...pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}

const NEVER = '0001-01-01T00:00:00';

/// A time of the registry in the reader's own zone; "never" for what it writes when there is none.
export function when(text) {
  if (!text || text.startsWith(NEVER)) return 'never';
  const time = new Date(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? text : time.toLocaleString();
}

let trouble;
/// Says at the foot of the page what went wrong, until the next success.
export function tell(message) {
  trouble ??= byId('trouble');
  trouble.textContent = message ?? '';
  trouble.hidden = !message;
}

/// Runs what a button asks for, and tells when it is refused; what the views show may have changed then.
export async function attempt(work) {
  try {
    await work();
    tell(null);
    document.dispatchEvent(new Event('changed'));
  } catch (error) {
    tell(error.message);
  }
}
