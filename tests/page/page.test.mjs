// SPDX-License-Identifier: Apache-2.0
// The emulator's web page, used as a person would use it. SCREENSHOTS=FOLDER keeps what it looked like.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { output, program } from '../e2e/harness/process.mjs';
import { test } from '../e2e/harness/test.mjs';
import { withPage } from './browser.mjs';

const WIDE = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const link = async (emulator) => (await output(program('iot-emulator'), ['page', '--data', emulator.data])).trim();

async function open(page, emulator) {
  await page.goto(await link(emulator));
  await page.locator('#link-state[data-state="live"]').waitFor();
}

const screenshot = async (page, name) => {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
};

const treeItem = (page, name) => page.locator('[role="treeitem"]').filter({ has: page.locator(':scope > .row', { hasText: name }) }).last();

const desired = (device, path, properties) =>
  device.emulator.hubService(device.emulator.hub, 'PATCH', path, { body: { properties: { desired: properties } }, headers: { 'If-Match': '*' } });

test('the page asks for the token, refuses a wrong one, and keeps the right one out of the address', async (bench) => {
  const emulator = await bench.startEmulator();
  await withPage(WIDE, async (page) => {
    await page.goto(`${emulator.info.controlUrl}/`);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('This is not the token of this emulator.').waitFor();
    await page.getByLabel('Token').fill(emulator.info.controlToken);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('#link-state[data-state="live"]').waitFor();
    assert.ok(!page.url().includes(emulator.info.controlToken));
  });
  await withPage(WIDE, async (page) => {
    await open(page, emulator);
    assert.ok(!page.url().includes('token'), page.url());
    assert.match(await page.locator('#facts').textContent(), new RegExp(emulator.info.idScope));
  });
});

test('an enrollment added on the page, a device that registers, and its twin are seen live', async (bench) => {
  const device = await bench.blankDevice();
  await withPage(WIDE, async (page) => {
    await open(page, device.emulator);
    await page.getByRole('tab', { name: 'Enrollments' }).click();
    await page.locator('#enrollment').fill('nonsense');
    await page.getByRole('button', { name: 'Enroll', exact: true }).click();
    await page.locator('#enroll-result.error').waitFor();
    await page.locator('#enrollment').fill(await device.enrollmentInfo());
    await page.getByLabel(/^Device id/).fill('truck-7');
    await page.getByRole('button', { name: 'Enroll', exact: true }).click();
    await page.locator('#enroll-result.good').waitFor();
    await page.locator('#enrollments', { hasText: 'will be truck-7' }).waitFor();
    await screenshot(page, 'page-enrollments');

    await device.expect(0, 'provision');
    await page.locator('#enrollments', { hasText: 'assigned: truck-7' }).waitFor();
    await page.getByRole('tab', { name: 'Devices' }).click();
    await treeItem(page, 'AppB').click();
    await page.getByText('Neither desired nor reported properties yet.').waitFor();
    await desired(device, '/twins/truck-7/modules/AppB', { mode: 'eco', limits: { speed: 80 }, note: '<b>not markup</b>' });
    await page.locator('tr[data-path="limits.speed"][data-state="desired"]').waitFor();
    assert.equal(await page.locator('tr[data-path="note"] td').nth(1).textContent(), '"<b>not markup</b>"');
    await desired(device, '/twins/truck-7/modules/AppB', { limits: { speed: 90 } });
    await page.locator('tr[data-path="limits.speed"] td', { hasText: '90' }).waitFor();
    await screenshot(page, 'page-twin');

    await page.getByRole('tab', { name: 'Events' }).click();
    await page.locator('#events li', { hasText: 'truck-7' }).first().waitFor();
    await screenshot(page, 'page-events');
  });
});

test('a fault that is flipped on the page meets the agent, and is gone when it is flipped back', async (bench) => {
  const device = await bench.enrolledDevice();
  await withPage(WIDE, async (page) => {
    await open(page, device.emulator);
    await page.getByRole('tab', { name: 'Faults' }).click();
    const broken = page.getByRole('switch', { name: /^Broken/ }).first();
    await broken.click();
    await page.locator('#fault-dps-error[aria-checked="true"]').waitFor();
    await device.expect(6, 'provision', '--timeout', '1');
    await page.locator('#faults li', { hasText: /met [1-9]/ }).waitFor();
    await screenshot(page, 'page-faults');
    await broken.click();
    await page.locator('#fault-dps-error[aria-checked="false"]').waitFor();
    await device.expect(0, 'provision');
  });
});

test('a switch sets the fault that its words say', async (bench) => {
  const emulator = await bench.startEmulator();
  await withPage(WIDE, async (page) => {
    await open(page, emulator);
    await page.getByRole('tab', { name: 'Faults' }).click();
    for (const kind of ['slow', 'stalled']) {
      await page.locator(`#fault-hub-${kind}`).click();
      await page.locator(`#fault-hub-${kind}[aria-checked="true"]`).waitFor();
    }
    const { faults } = await emulator.control('GET', '/faults');
    assert.deepEqual(faults.map(({ kind, delay }) => [kind, delay]), [['slow', 5], ['stalled', 5]], 'seconds');
  });
});

test('a fault set elsewhere is shown on the page', async (bench) => {
  const emulator = await bench.startEmulator();
  await withPage(WIDE, async (page) => {
    await open(page, emulator);
    await emulator.control('POST', '/faults', { kind: 'throttled', service: 'hub', operation: 'putModule', count: 2, retryAfter: 7 });
    await page.reload();
    await page.getByRole('tab', { name: /^Faults/ }).click();
    await page.locator('#faults li', { hasText: 'putModule, 2 times' }).waitFor();
  });
});

test('the page works with the keyboard alone', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.expect(0, 'provision');
  await withPage(WIDE, async (page) => {
    await open(page, device.emulator);
    await treeItem(page, 'dmModule').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('AppB');
    await treeItem(page, 'dmModule').waitFor({ state: 'detached' });
    await page.keyboard.press('Tab');
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.locator('#detail h2', { hasText: 'AppB' }).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    await treeItem(page, 'AppB').waitFor({ state: 'detached' });
    await page.locator('#tab-devices').focus();
    await page.keyboard.press('End');
    await page.locator('#view-faults').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-faults');
  });
});

test('the page fits a phone, in dark and light', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.expect(0, 'provision');
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await desired(device, `/twins/${deviceId}`, { firmware: { version: '2.4.1', channel: 'stable' } });
  for (const colorScheme of ['light', 'dark']) {
    await withPage({ ...PHONE, colorScheme }, async (page) => {
      await open(page, device.emulator);
      await treeItem(page, deviceId).first().locator(':scope > .row').tap();
      await page.locator('tr[data-path="firmware.version"]').waitFor();
      for (const view of ['Devices', 'Enrollments', 'Events', 'Faults']) {
        await page.getByRole('tab', { name: view }).tap();
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        const widest = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth).map((one) => one.outerHTML.slice(0, 90)).slice(0, 3).join(' / '));
        assert.equal(overhang, 0, `${view} is wider than the screen: ${widest}`);
      }
      await page.getByRole('tab', { name: 'Devices' }).tap();
      await screenshot(page, `page-phone-${colorScheme}`);
    });
  }
});
