// SPDX-License-Identifier: Apache-2.0
// The image builder's story: real Debian packages are found, planned and checked, and what was planned is provisioned.
// And a root file system that wants out does not get out.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { output, program, run } from './harness/process.mjs';
import { RootFilesystem } from './harness/root_filesystem.mjs';
import { assertLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const CONFIGURATION = '/etc/device-agent/device-agent.json';
const BROKER = { name: 'Broker', description: 'Bridges the plant to the hub', users: ['mosquitto'], units: ['mosquitto.service'] };

/// mosquitto has a user of its own by its postinst, shairport-sync by its unit; both link libmosquitto, as the clients do.
async function debianRoot(bench) {
  const root = await RootFilesystem.create(join(bench.folder, 'root'));
  await root.install('mosquitto', 'mosquitto-clients', 'libmosquitto1', 'shairport-sync');
  return root;
}

async function planFiles(bench, base = { dpsScopeId: '0ne00000001' }) {
  const baseFile = join(bench.folder, 'base.json');
  await writeFile(baseFile, JSON.stringify(base), { mode: 0o600 });
  return { lock: join(bench.folder, 'slots.lock'), args: ['--lock', join(bench.folder, 'slots.lock'), '--base', baseFile] };
}

const named = (list, name) => list.find((entry) => entry.name === name);
const slotsOf = ({ assignments }) => Object.fromEntries(assignments.map(({ name, slot }) => [name, slot]));

/// Every path below a folder with what it is: nothing of it may change.
async function snapshot(folder) {
  const entries = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const facts = await stat(join(folder, name));
    entries[name] = [facts.mode, facts.size, facts.mtimeMs, facts.isFile() ? await readFile(join(folder, name), 'utf8') : null];
  }
  return entries;
}

test('the applications of real Debian packages are found, each with its reasons', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', BROKER);
  const { applications, problems } = await root.json(0, 'scan');
  assert.deepEqual(problems, []);
  assert.deepEqual(applications.map(({ name }) => name), ['Broker', 'mosquitto-clients', 'shairport-sync']);

  const broker = named(applications, 'Broker');
  assert.equal(broker.status, 'declared');
  assert.equal(broker.package, 'mosquitto');
  assert.deepEqual(broker.reasons.map(({ kind, file }) => [kind, file]),
    [['manifest', '/usr/share/device-agent/applications/broker.json'], ['elf', '/usr/bin/mosquitto_ctrl']]);
  assert.equal(broker.reasons[0].line, 2);

  const clients = named(applications, 'mosquitto-clients');
  assert.deepEqual([clients.status, clients.confidence, clients.units], ['candidate', 'possible', []]);
  assert.deepEqual(clients.reasons.map(({ file }) => file), ['/usr/bin/mosquitto_pub', '/usr/bin/mosquitto_rr', '/usr/bin/mosquitto_sub']);
  for (const { text } of clients.reasons) assert.match(text, /libmosquitto\.so\.1/);

  const player = named(applications, 'shairport-sync');
  assert.deepEqual([player.users, player.units], [['shairport-sync'], ['shairport-sync.service']]);
  assert.match(player.reasons[0].text, /run by shairport-sync\.service; of the package shairport-sync/);
});

test('what is found is planned into the image, and check says what is missing until nothing is', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', BROKER);
  const { lock, args } = await planFiles(bench);
  const planned = await root.json(0, 'plan', ...args, '--include', 'shairport-sync');
  assert.deepEqual(slotsOf(planned), { Broker: 2, 'shairport-sync': 3 });
  assert.deepEqual(planned.notPlanned.map(({ name }) => name), ['mosquitto-clients']);

  const configuration = JSON.parse(await readFile(root.path(CONFIGURATION), 'utf8'));
  assert.deepEqual(configuration, {
    dpsScopeId: '0ne00000001', deviceSlotNumber: 0, dmModuleSlotNumber: 1, dmModuleId: 'dmModule',
    otherModuleIds: { Broker: 2, 'shairport-sync': 3 },
    applications: {
      Broker: { users: ['mosquitto'], groups: [], units: ['mosquitto.service'] },
      'shairport-sync': { users: ['shairport-sync'], groups: [], units: ['shairport-sync.service'] },
    },
  });
  for (const unit of ['mosquitto', 'shairport-sync']) {
    const dropIn = await readFile(root.path(`/etc/systemd/system/${unit}.service.d/50-device-agent.conf`), 'utf8');
    assert.match(dropIn, /^\[Service\]\nLoadCredential=iothub-connection-string:\/run\/device-agent\/credential\.sock$/m);
  }

  const refused = await root.json(1, 'check', '--lock', lock);
  assert.equal(refused.passed, false);
  assert.deepEqual(refused.findings.filter(({ severity }) => severity === 'error').map(({ id }) => id), ['unknown-user', 'unknown-user']);
  await root.addUser('mosquitto');
  await root.put('/usr/lib/sysusers.d/shairport-sync.conf', 'u shairport-sync - "AirPlay"\n');
  const passed = await root.json(0, 'check', '--lock', lock);
  assert.equal(passed.passed, true);
  assert.deepEqual(passed.findings.map(({ severity, id }) => [severity, id]), [['warning', 'no-agent'], ['note', 'candidate']]);
  const { stdout } = await root.tool('check');
  assert.match(stdout, /fit to be shipped/);
});

test('planning again gives the same bytes, and a package that goes keeps its slot for its return', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', BROKER);
  await root.manifest('a', { name: 'AppA', users: ['root'] });
  const { lock, args } = await planFiles(bench);
  const first = slotsOf(await root.json(0, 'plan', ...args));
  assert.deepEqual(first, { AppA: 2, Broker: 3 });
  const bytes = async () => [await readFile(lock, 'utf8'), await readFile(root.path(CONFIGURATION), 'utf8')];
  const before = await bytes();
  assert.deepEqual((await root.json(0, 'plan', ...args)).files, []);
  assert.deepEqual(await bytes(), before);

  await output('rm', [root.path('/usr/share/device-agent/applications/a.json')]);
  await root.manifest('b', { name: 'AppB', users: ['root'] });
  const second = await root.json(0, 'plan', ...args);
  assert.deepEqual(slotsOf(second), { Broker: 3, AppB: 4 });
  assert.deepEqual(second.reserved, [{ name: 'AppA', slot: 2 }]);
  await root.manifest('a', { name: 'AppA', users: ['root'] });
  assert.deepEqual(slotsOf(await root.json(0, 'plan', ...args)), { AppA: 2, Broker: 3, AppB: 4 });
});

test('a planned configuration is provisioned as it is, each application with its own module in its slot', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', { ...BROKER, priority: 90 });
  const device = await bench.blankDevice();
  const { deviceSlotNumber, dmModuleSlotNumber, dmModuleId, otherModuleIds, ...base } = device.configuration;
  const { args } = await planFiles(bench, base);
  await root.json(0, 'plan', ...args, '--all-candidates');

  device.configFile = root.path(CONFIGURATION);
  await device.expect(0, 'config', 'validate');
  await device.enroll('--device-id', 'plant-7');
  const { slots } = await device.json('provision');
  assert.deepEqual(slots.map(({ slot, module }) => [slot, module]),
    [[0, null], [1, 'dmModule'], [2, 'Broker'], [3, 'mosquitto-clients'], [4, 'shairport-sync']]);
  for (const { slot, module } of slots) await assertLetIn(device, slot, { deviceId: 'plant-7', moduleId: module });
});

test('a dry run prints what would be written, and writes nothing', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', BROKER);
  const { lock, args } = await planFiles(bench);
  const before = await snapshot(root.folder);
  const { code, stdout } = await root.tool('plan', ...args, '--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /^slot 2: Broker \(new\)$/m);
  assert.match(stdout, /^\+\+\+ \/etc\/device-agent\/device-agent\.json$/m);
  assert.match(stdout, /^\+LoadCredential=iothub-connection-string:/m);
  assert.deepEqual(await snapshot(root.folder), before);
  await assert.rejects(stat(lock));
});

test('with --output the configuration goes there, and nothing into the root file system', async (bench) => {
  const root = await debianRoot(bench);
  await root.manifest('broker', BROKER);
  await root.addUser('mosquitto');
  const { lock, args } = await planFiles(bench);
  const before = await snapshot(root.folder);
  const file = join(bench.folder, 'out.json');
  await root.json(0, 'plan', ...args, '--output', file);
  assert.deepEqual(await snapshot(root.folder), before);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')).otherModuleIds, { Broker: 2 });
  await root.json(0, 'check', '--config', file, '--lock', lock);
});

test('every wrong manifest is told with file, line and remedy, and nothing is written', async (bench) => {
  const root = await RootFilesystem.create(join(bench.folder, 'root'));
  await root.put('/usr/share/device-agent/applications/a.json', '{\n  "name": "App/A",\n  "unit": ["a.service"]\n}\n');
  await root.put('/usr/share/device-agent/applications/b.json', '{"name": "B", "users": "b"}');
  const { lock, args } = await planFiles(bench);
  for (const command of [['scan'], ['plan', ...args], ['check']]) {
    const { code, stderr } = await root.tool(...command);
    assert.equal(code, 3, command[0]);
    for (const told of [/a\.json:2:11: name: is "App\/A", which is no module id\. Leave out the slash/,
      /a\.json:3:3: unit: is no known key\. Did you mean "units"\?/, /b\.json:1:24: users: is a string, must be a list/]) assert.match(stderr, told);
  }
  await assert.rejects(stat(lock));
  await assert.rejects(stat(root.path(CONFIGURATION)));
});

test('the exit code says what kind of thing went wrong', async (bench) => {
  const root = await RootFilesystem.create(join(bench.folder, 'root'));
  const { lock, args } = await planFiles(bench);
  const code = async (...words) => (await run(program('device-agent-image'), words)).code;
  assert.equal(await code(), 2);
  assert.equal(await code('scna'), 2);
  assert.equal(await code('scan'), 2);
  assert.match((await run(program('device-agent-image'), ['scan'])).stderr, /^--root is required$/m);
  assert.equal(await code('scan', '--root', join(bench.folder, 'none')), 2);
  assert.equal(await code('plan', '--root', root.folder), 2);
  assert.equal(await code('plan', '--root', root.folder, ...args, '--first-slot', '9', '--last-slot', '3'), 2);
  assert.equal(await code('plan', '--root', root.folder, '--lock', lock, '--base', join(bench.folder, 'none.json')), 3);
  assert.equal(await code('plan', '--root', root.folder, ...args, '--include', 'nobody'), 3);
  assert.equal(await code('check', '--root', root.folder), 1);
  assert.equal(await code('plan', '--root', root.folder, ...args), 0);
  assert.equal(await code('check', '--root', root.folder, '--lock', lock), 0);
  await writeFile(lock, '{"version": 1}');
  assert.equal(await code('check', '--root', root.folder, '--lock', lock), 3);
  assert.equal(await code('plan', '--root', root.folder, ...args), 3);
  assert.equal(await code('schema'), 0);
});

test('a root file system full of hostile links leaks nothing and leads nothing out', async (bench) => {
  const SECRET = 'the-secret-outside';
  const outside = join(bench.folder, 'outside');
  await mkdir(join(outside, 'folder'), { recursive: true });
  const manifest = JSON.stringify({ name: SECRET, users: [SECRET], units: [`${SECRET}.service`] });
  await writeFile(join(outside, 'manifest.json'), manifest);
  await writeFile(join(outside, 'folder', 'manifest.json'), manifest);
  await writeFile(join(outside, 'folder', `${SECRET}.service`), `[X-DeviceAgent]\nApplication=${SECRET}\n`);
  await writeFile(join(outside, 'passwd'), `${SECRET}:x:5:5:::\n`);
  await writeFile(join(outside, 'device-agent.json'), JSON.stringify({ dpsScopeId: SECRET }));
  await writeFile(join(outside, 'status'), `Package: ${SECRET}\nStatus: install ok installed\n`);

  const root = await RootFilesystem.create(join(bench.folder, 'root'));
  const upwards = '../'.repeat(40);
  const applications = '/usr/share/device-agent/applications';
  const link = async (name, target) => {
    await mkdir(dirname(root.path(name)), { recursive: true });
    await symlink(target, root.path(name));
  };
  await link(`${applications}/magic.json`, `/proc/self/root${outside}/manifest.json`);
  await link(`${applications}/absolute.json`, join(outside, 'manifest.json'));
  await link(`${applications}/upwards.json`, `${upwards}${outside.slice(1)}/manifest.json`);
  await link(`${applications}/loop.json`, 'loop.json');
  await output('mkfifo', [root.path(`${applications}/pipe.json`)]);
  await link('/usr/lib/systemd/system', join(outside, 'folder'));
  await link('/usr/lib/node_modules', outside);
  await link('/var/lib/dpkg', outside);
  await link('/usr/lib/loop', '..');
  await link('/usr/bin/device-agent', '/proc/self/exe');
  await root.put('/usr/bin/a\nb\u001b[31m', '\x7fELF', 0o755);
  await output('rm', [root.path('/etc/passwd')]);
  await link('/etc/passwd', `../../outside/passwd`);
  const before = await snapshot(outside);

  const { lock, args } = await planFiles(bench);
  for (const command of [['scan'], ['scan', '--json'], ['check'], ['check', '--json'], ['plan', ...args, '--json']]) {
    const { code, stdout, stderr } = await root.tool(...command);
    assert.equal(code, 3, `${command[0]} must tell the wrong manifests: ${stdout}${stderr}`);
    assert.ok(!(stdout + stderr).includes(SECRET), `${command.join(' ')} told what lies outside:\n${stdout}${stderr}`);
    for (const name of ['magic', 'absolute', 'upwards', 'loop', 'pipe']) assert.match(stderr, new RegExp(`${name}\\.json: is `));
  }
  // Without the manifests it comes to the writing: through no link.
  await output('rm', ['-r', root.path(applications)]);
  await root.manifest('app', { name: 'App', users: ['root'], units: ['app.service'] });
  await root.put('/lib/systemd/system/app.service', '[Service]\nExecStart=/bin/app\n');
  await link('/etc/device-agent', join(outside, 'folder'));
  const { code, stderr } = await root.tool('plan', ...args);
  assert.equal(code, 1);
  assert.match(stderr, /in the root file system/);
  await output('rm', [root.path('/etc/device-agent')]);
  await link('/etc/device-agent/device-agent.json', join(outside, 'device-agent.json'));
  await link('/etc/systemd/system/app.service.d', join(outside, 'folder'));
  assert.equal((await root.tool('plan', ...args)).code, 1);
  await output('rm', [root.path('/etc/systemd/system/app.service.d')]);
  await link('/etc/systemd/system/app.service.d/50-device-agent.conf', join(outside, 'manifest.json'));
  assert.equal((await root.tool('plan', ...args)).code, 0);
  await assert.rejects(readlink(root.path('/etc/systemd/system/app.service.d/50-device-agent.conf')));
  await root.tool('check', '--lock', lock);
  assert.deepEqual(await snapshot(outside), before);
});

test('the tool needs neither the TPM nor the network', async () => {
  const libraries = await output('ldd', [program('device-agent-image')]);
  assert.match(libraries, /libelf/);
  assert.doesNotMatch(libraries, /libtss2|libcurl/);
});
