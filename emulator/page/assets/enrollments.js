// The list of enrollments, and the form that takes what `device-agent enrollment-info --format json` printed.
import { attempt, byId, element } from './dom.js';
import { call, get, segment } from './api.js';

/// The enrollments in a text: what the agent printed (an array), or one enrollment as the service API takes it.
export function parseEnrollments(text) {
  const items = JSON.parse(text);
  const all = Array.isArray(items) ? items : [items];
  if (all.length === 0 || !all.every((item) => item !== null && typeof item === 'object')) throw new Error('there is no enrollment in it');
  return all;
}

function row(enrollment) {
  const { registrationId, deviceId, attestation, provisioningStatus, registrationState } = enrollment;
  const id = `/enrollments/${segment(registrationId)}`;
  const disabled = provisioningStatus === 'disabled';
  return element('li', { 'data-registration': registrationId },
    element('span', { class: 'id' }, registrationId),
    element('span', {}, attestation?.type ?? ''),
    element('span', { class: disabled ? 'error' : 'note' }, disabled ? 'disabled'
      : registrationState ? `${registrationState.status}: ${registrationState.deviceId} in ${registrationState.assignedHub}` : `not registered yet${deviceId ? `, will be ${deviceId}` : ''}`),
    element('span', { class: 'actions' },
      element('button', { type: 'button', onclick: () => attempt(async () => { await call('POST', `${id}/${disabled ? 'enable' : 'disable'}`); await drawEnrollments(); }) }, disabled ? 'Enable' : 'Disable'),
      element('button', { type: 'button', class: 'danger', onclick: () => attempt(async () => { await call('DELETE', id); await drawEnrollments(); }) }, 'Delete')));
}

let drawn = '';
export async function drawEnrollments() {
  const { enrollments } = await get('/enrollments');
  const text = JSON.stringify(enrollments);
  if (text === drawn) return;
  drawn = text;
  byId('enrollments').replaceChildren(...(enrollments.length > 0 ? enrollments.map(row)
    : [element('li', { class: 'note' }, 'None yet. Paste what the agent printed into the form.')]));
}

async function enroll(event) {
  event.preventDefault();
  const result = byId('enroll-result');
  try {
    const all = parseEnrollments(byId('enrollment').value);
    const deviceId = byId('device-id').value.trim();
    if (deviceId && all.length > 1) throw new Error('a device id is for a single enrollment');
    const wishes = { iotHubHostName: byId('hub').value, ...(deviceId ? { deviceId } : {}) };
    const { enrollments } = await call('POST', '/enrollments', all.map((item) => ({ ...item, ...wishes })));
    result.className = 'good';
    result.textContent = enrollments.map(({ created, registrationId }) => `${created ? 'Enrolled' : 'Updated'} ${registrationId}.`).join(' ');
    byId('enroll').reset();
    await drawEnrollments();
  } catch (error) {
    result.className = 'error';
    result.textContent = `Not enrolled: ${error.message}`;
  }
}

export function startEnrollments(hubs) {
  byId('hub').replaceChildren(...hubs.map((name) => element('option', { value: name }, name)));
  byId('enroll').addEventListener('submit', enroll);
}
