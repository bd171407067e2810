// The control API. The token lives in this tab's session storage, never in an address that is sent or kept.
const KEY = 'controlToken';

/// The part behind # of the link that `iot-emulator page` prints; it is taken out of the address at once.
export function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, '', location.pathname);
}

export const hasToken = () => sessionStorage.getItem(KEY) !== null;
export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/// Resolves to the body; throws Refused with what the emulator said, or TypeError when it cannot be reached.
export async function call(method, path, body, { signal } = {}) {
  const answer = await fetch(`/_emulator${path}`, {
    method, signal, cache: 'no-store', referrerPolicy: 'no-referrer',
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const content = text === '' ? null : JSON.parse(text);
  if (!answer.ok) throw new Refused(answer.status, content?.message ?? `status ${answer.status}`);
  return content;
}

export const get = (path, options) => call('GET', path, undefined, options);
export const segment = encodeURIComponent;
