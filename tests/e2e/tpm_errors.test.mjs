// SPDX-License-Identifier: Apache-2.0
// A TPM that refuses, is busy, full, locked, broken or gone: exit code 7 (8 without the right to open it), a message
// that says what to do, and nothing lost.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run, Service, withoutRootsRights } from './harness/process.mjs';
import { assertLetIn, keyHandle } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';
import { CC } from './harness/tpm_proxy.mjs';

const identities = async (device) => (await device.json('slot', 'list')).slots.map(({ slot, device: id, module }) => ({ slot, id, module }));

/// A provisioned device behind a proxy, whose configuration has a module more than it has.
async function deviceWithWork(bench, tpm = {}) {
  const device = await bench.provisionedDevice({ tpm });
  const proxy = await bench.behindProxy(device);
  const before = await identities(device);
  await device.configure({ otherModuleIds: { AppB: 2, AppC: 3 } });
  return { device, proxy, before };
}

/// Ends with exit code 7 and this message; every identity is where it was, and nothing new is in its slot.
async function assertRefused({ device, proxy, before }, message) {
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, message);
  proxy.forgetFaults();
  assert.deepEqual((await identities(device)).filter(({ slot }) => slot !== 3), before);
  await device.expect(4, 'slot', 'show', '3');
  return stderr;
}

async function assertConverges({ device }) {
  await device.expect(0, 'provision');
  const { device: deviceId } = await device.json('slot', 'show', '0');
  for (const [slot, moduleId] of [[0, null], [1, 'dmModule'], [2, 'AppB'], [3, 'AppC']]) await assertLetIn(device, slot, { deviceId, moduleId });
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
}

test('each code of the TPM is told in words with what to do, and nothing is lost', async (bench) => {
  const work = await deviceWithWork(bench);
  const { proxy } = work;
  for (const [command, code, message] of [
    [CC.GetCapability, 0x100, /TPM_RC_INITIALIZE, 0x100\); the firmware or the software TPM must send TPM2_Startup/],
    [CC.HMAC, 0x921, /cannot compute an HMAC: .* locked after too many wrong authorizations \(TPM_RC_LOCKOUT, 0x921\); it remembers 0 of them and forgets one every \d+ s: wait that long, or reset it/],
    [CC.StartAuthSession, 0x903, /no room for one more session \(TPM_RC_SESSION_MEMORY, 0x903\); another program left .*tpm2_flushcontext/],
    [CC.Create, 0x101, /the TPM is in failure mode \(TPM_RC_FAILURE, 0x101\); switch the machine off and on/],
    [CC.Create, 0x153, /the TPM has not tested itself \(TPM_RC_NEEDS_TEST, 0x153\); have it do so with tpm2_selftest/],
    [CC.Create, 0x143, /this TPM does not have the command \(TPM_RC_COMMAND_CODE/],
    [CC.Load, 0x921, /locked after too many wrong authorizations.*; wait until it recovers/],
    [CC.Load, 0x902, /no room for one more object \(TPM_RC_OBJECT_MEMORY, 0x902\); another program left .*tpm2_flushcontext/],
    [CC.Load, 0x1df, /refused parameter 1 \(inPrivate\): integrity check failed .*; the wrapped key belongs to another TPM/],
    // From here on the new key is staged.
    [CC.NV_DefineSpace, 0x14b, /no NV memory left \(TPM_RC_NV_SPACE, 0x14b\); remove persistent objects or NV indices that nothing uses/],
    [CC.NV_Write, 0x148, /the NV index is locked \(TPM_RC_NV_LOCKED/],
    [CC.EvictControl, 0x14b, /TPM_RC_NV_SPACE, 0x14b\); the TPM says that \d+ more persistent objects fit: lower tpm\.persistentSlots/],
  ]) {
    proxy.answer(command, code);
    await assertRefused(work, message);
  }
  await assertConverges(work);
});

test('a TPM that asks for patience is asked again', async (bench) => {
  const work = await deviceWithWork(bench);
  work.proxy.answer(CC.GetCapability, 0x922, { times: 2 });      // TPM_RC_RETRY
  work.proxy.answer(CC.StartAuthSession, 0x90a, { times: 12 });  // TPM_RC_TESTING; the TSS repeats it, too
  work.proxy.answer(CC.HMAC, 0x908, { times: 2 });               // TPM_RC_YIELDED
  work.proxy.answer(CC.NV_Write, 0x920, { times: 2 });           // TPM_RC_NV_RATE
  work.proxy.answer(CC.EvictControl, 0x923, { times: 2 });       // TPM_RC_NV_UNAVAILABLE
  await assertConverges(work);
});

test('a TPM that stays busy is an error after some seconds, and a stop is obeyed before', async (bench) => {
  const work = await deviceWithWork(bench);
  const { device, proxy } = work;
  proxy.answer(CC.GetCapability, 0x922);
  await assertRefused(work, /the TPM is busy \(TPM_RC_RETRY, 0x922\); try again/);

  let stopped;
  proxy.at(CC.GetCapability, (client) => {
    proxy.answerOnce(client, 0x922);
    stopped = agent.stop();
  });
  proxy.answer(CC.GetCapability, 0x922);
  const agent = new Service(program('device-agent'), ['provision', '--config', device.configFile]);
  await agent.ended;
  await stopped;
  assert.match(agent.written, /stopped on request/);
  proxy.forgetFaults();
  await assertConverges(work);
});

test('a connection that breaks is named, and the next run goes on', async (bench) => {
  const work = await deviceWithWork(bench);
  for (const command of [CC.HMAC, CC.Create, CC.Load, CC.EvictControl]) {
    work.proxy.at(command, (client) => client.destroy());
    const told = await assertRefused(work, /the connection to the TPM failed during TPM2_\w+ .*; check that the TPM, or the software TPM, still runs, and run the command again/);
    assert.doesNotMatch(told, /another TPM/);
  }
  await assertConverges(work);
});

test('a software TPM that is gone in the middle is named, and nothing is lost when it is back', async (bench) => {
  const work = await deviceWithWork(bench);
  const { device, proxy } = work;
  proxy.at(CC.Create, () => device.tpm.stop());
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /cannot wrap a key: the connection to the TPM failed during TPM2_Create/);
  await device.tpm.start();
  assert.deepEqual((await identities(device)).filter(({ slot }) => slot !== 3), work.before);
  await assertConverges(work);
});

test('a TPM that was not started is named', async (bench) => {
  const device = await bench.provisionedDevice();
  await device.tpm.stop();
  await device.tpm.start({ startup: false });
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /the TPM was not started \(TPM_RC_INITIALIZE, 0x100\); the firmware or the software TPM must send TPM2_Startup/);
});

test('a wrong or missing hierarchy password is told with the key of the configuration to look at', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.tpm.tool('changeauth', '-c', 'e', 'right');
  const before = await device.tpm.snapshot();
  const missing = await device.expect(7, 'provision');
  assert.match(missing.stderr, /the TPM's endorsement hierarchy has a password: put it into a file and name that file in tpm\.endorsementAuthFile/);

  const endorsementAuthFile = join(bench.folder, 'endorsement');
  await writeFile(endorsementAuthFile, 'wrong\n', { mode: 0o600 });
  await device.configure({ tpm: { endorsementAuthFile } });
  const wrong = await device.expect(7, 'provision');
  assert.match(wrong.stderr, /the password of the TPM's endorsement hierarchy is not the one in the file of tpm\.endorsementAuthFile/);
  assert.deepEqual(await device.tpm.snapshot(), before);

  await writeFile(endorsementAuthFile, 'right\n', { mode: 0o600 });
  await device.tpm.tool('changeauth', '-c', 'o', 'right, too');
  const owner = await device.expect(7, 'provision');
  assert.match(owner.stderr, /the TPM's owner hierarchy has a password: .* tpm\.ownerAuthFile/);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await device.emulator.requests(), []);
});

test('a TPM in lockout signs with every slot all the same', async (bench) => {
  const device = await bench.provisionedDevice();
  const { tpm } = device;
  await tpm.tool('dictionarylockout', '--setup-parameters', '--max-tries=1', '--recovery-time=1000', '--lockout-recovery-time=1000');
  await tpm.tool('nvdefine', '-C', 'o', '-s', '8', '-p', 'secret', '-a', 'authread|authwrite', '0x01800001');
  const wrongPassword = async () => (await tpm.tryTool('nvread', '-C', '0x01800001', '-P', 'wrong', '0x01800001')).stderr;
  assert.match(await wrongPassword(), /0x0*98e|authorization HMAC check failed/);
  assert.match(await wrongPassword(), /0x0*921|lockout/i);
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 0, { deviceId });
  await assertLetIn(device, 2, { deviceId, moduleId: 'AppB' });
  await device.expect(0, 'reprovision');
});

test('a TPM without room for all keys says how many slots fit; with as many it provisions', async (bench) => {
  const otherModuleIds = { A: 2, B: 3, C: 4, D: 5 };
  const device = await bench.enrolledDevice({ otherModuleIds });
  // A TPM guarantees room for 7 persistent objects, whatever else is stored.
  for (let index = 0x01801000; (await device.tpm.tryTool('nvdefine', '-C', 'o', '-s', '2048', `0x${index.toString(16)}`)).code === 0; index += 1);
  const before = await device.tpm.snapshot();
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /the TPM has room for 7 more persistent objects, and 8 are needed \(6 keys of slots, 2 primary keys\); set tpm\.persistentSlots to 5, .*Nothing was changed/);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await device.emulator.requests(), []);

  await device.configure({ tpm: { persistentSlots: 5 } });
  await device.expect(0, 'provision');
  const { device: deviceId } = await device.json('slot', 'show', '0');
  for (const [moduleId, slot] of Object.entries(otherModuleIds)) await assertLetIn(device, slot, { deviceId, moduleId });
});

test('another program\'s key in a wanted slot is named, and nothing is changed', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.tpm.tool('createprimary', '-C', 'o', '-G', 'ecc', '-c', 'foreign.ctx');
  await device.tpm.tool('evictcontrol', '-C', 'o', '-c', 'foreign.ctx', '0x81000102');
  await device.tpm.tool('flushcontext', '-t');
  const before = await device.tpm.snapshot();
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /slot 2 cannot be used: the TPM holds a key at 0x81000102 but no identity at 0x01400102: it is another program's; move our slots by tpm\.keyHandleBase/);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await device.emulator.requests(), []);

  await device.configure({ tpm: { keyHandleBase: '0x81000200' } });
  await device.expect(0, 'provision');
  assert.ok((await device.tpm.handles('handles-persistent')).includes(keyHandle(2, 0x81000200)));
});

test('an endorsement key of another kind stops provisioning before anything is asked', async (bench) => {
  const device = await bench.blankDevice();
  await device.tpm.tool('createek', '-c', '0x81010001', '-G', 'ecc', '-u', 'ek.pub');
  const before = await device.tpm.snapshot();
  const { stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /the object at 0x81010001 is .*, not an RSA-2048 endorsement key .*tpm2_evictcontrol -C o -c 0x81010001/);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await device.emulator.requests(), []);
});

test('an unknown TCTI and a missing device are named', async (bench) => {
  const device = await bench.blankDevice();
  for (const [tcti, message] of [
    ['nonsense:abc', /"nonsense:abc".*check tpm\.tcti/],
    ['device:/dev/no-such-tpm', /there is no TPM at \/dev\/no-such-tpm: No such file or directory; check tpm\.tcti/],
  ]) {
    await device.configure({ tpm: { tcti } });
    assert.match((await device.expect(7, 'provision')).stderr, message);
  }
});

test('8: a TPM device that may not be opened', async (bench) => {
  const device = await bench.blankDevice();
  const file = join(bench.folder, 'tpm-device');
  await writeFile(file, '');
  await chmod(file, 0);
  await device.configure({ tpm: { tcti: `device:${file}` } });
  const { code, stderr } = await run(...withoutRootsRights(program('device-agent'), ['provision', '--config', device.configFile]));
  assert.equal(code, 8, stderr);
  assert.ok(stderr.includes(`may not open the TPM at ${file}: Permission denied; run as root, or as the user or in the group that owns it`), stderr);
});
