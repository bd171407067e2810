// SPDX-License-Identifier: Apache-2.0
// Servers that are not who they should be, in the place of DPS and of the hub: refused with words that say why, and with
// nothing said to them before. The server's own record of what it was sent is the judge.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority, selfSigned } from './harness/certificates.mjs';
import { test } from './harness/test.mjs';
import { plainServer, tlsServer } from './harness/untrusted_server.mjs';

const OLD_TLS = { ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1' };
const REDIRECTION = (url) => `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`;

/// Everything that a server can be wrong in, with what the agent must say about it.
async function untrustedServers(folder, authority) {
  const stranger = await Authority.create(join(folder, 'stranger'));
  const good = await authority.issue();
  return {
    'a certificate by another authority': { server: await tlsServer(await stranger.issue()), says: /local issuer certificate.*trustedCaFile/ },
    'a self-signed certificate': { server: await tlsServer(await selfSigned(join(folder, 'self'))), says: /self-signed certificate.*trustedCaFile/ },
    'a certificate for another name': { server: await tlsServer(await authority.issue({ names: 'DNS:elsewhere.test,IP:127.0.0.2' })), says: /host name/ },
    'an expired certificate': { server: await tlsServer(await authority.issue({ from: -5, to: -1 })), says: /certificate has expired/ },
    'a certificate that is not valid yet': { server: await tlsServer(await authority.issue({ from: 1, to: 5 })), says: /certificate is not yet valid/ },
    'TLS 1.1 and nothing later': { server: await tlsServer({ ...good, ...OLD_TLS, maxVersion: 'TLSv1.1' }), says: /TLS 1\.2 or later/ },
    'TLS 1.0 and nothing later': { server: await tlsServer({ ...good, ...OLD_TLS, maxVersion: 'TLSv1' }), says: /TLS 1\.2 or later/ },
    'no TLS at all': { server: await plainServer(), says: /TLS 1\.2 or later/ },
  };
}

/// Trusts this authority beside the emulator's.
async function trustBoth(device, authority) {
  const file = join(device.folder, 'trusted.pem');
  await writeFile(file, Buffer.concat([device.emulator.ca, await readFile(authority.file)]));
  return { trustedCaFile: file };
}

async function assertRefused(device, host, what, { server, says }) {
  const { stderr } = await device.expect(6, 'provision', '--timeout', '1');
  assert.match(stderr, says, what);
  assert.ok(stderr.includes(host), `${what}: ${stderr}`);
  assert.ok(server.connections > 0, `${what}: nobody came`);
  const said = server.received;
  // Without TLS there is the client's greeting, and that names the host alone.
  const greeting = said.length > 3 && said[0] === 0x16 && said[1] === 3;
  assert.ok(said.length === 0 || greeting, `${what}: it was sent ${said}`);
  for (const secret of ['SharedAccessSignature', 'endorsementKey', 'registrations', '/devices/', device.configuration.dpsScopeId]) {
    assert.ok(!said.includes(secret), `${what}: it was sent ${secret}`);
  }
}

test('nothing is said to a DPS that cannot be trusted', async (bench) => {
  const device = await bench.blankDevice();
  const authority = await Authority.create(join(bench.folder, 'authority'));
  const trust = await trustBoth(device, authority);
  for (const [what, untrusted] of Object.entries(await untrustedServers(bench.folder, authority))) {
    bench.keep(untrusted.server);
    await device.configure({ ...trust, dpsUri: `localhost:${untrusted.server.port}` });
    await assertRefused(device, `localhost:${untrusted.server.port}`, what, untrusted);
  }
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), []);
});

test('nothing is said to a hub that cannot be trusted, and the device gets there once it can', async (bench) => {
  const device = await bench.enrolledDevice();
  const authority = await Authority.create(join(bench.folder, 'authority'));
  const trust = await trustBoth(device, authority);
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const { ports } = device.configuration;
  for (const [what, untrusted] of Object.entries(await untrustedServers(bench.folder, authority))) {
    bench.keep(untrusted.server);
    await device.configure({ ...trust, ports: { ...ports, https: untrusted.server.port } });
    await assertRefused(device, `localhost:${untrusted.server.port}`, what, untrusted);
  }
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [], 'no slot was filled');
  await device.configure({ ports });
  await device.expect(0, 'provision');
});

test('a trusted server is spoken to, so that what the others were not sent is known to be there', async (bench) => {
  const device = await bench.blankDevice();
  const authority = await Authority.create(join(bench.folder, 'authority'));
  const server = bench.keep(await tlsServer(await authority.issue()));
  await device.configure({ ...(await trustBoth(device, authority)), dpsUri: `localhost:${server.port}` });
  await device.expect(6, 'provision', '--timeout', '1');
  assert.ok(server.received.includes('endorsementKey'), server.received.toString());
});

test('a redirection is not followed', async (bench) => {
  const device = await bench.enrolledDevice();
  const authority = await Authority.create(join(bench.folder, 'authority'));
  const trust = await trustBoth(device, authority);
  const certificate = await authority.issue();
  const target = bench.keep(await tlsServer(certificate));
  const redirecting = bench.keep(await tlsServer(certificate, REDIRECTION(`https://localhost:${target.port}/`)));
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const { ports, dpsUri } = device.configuration;

  for (const changes of [{ dpsUri: `localhost:${redirecting.port}` }, { dpsUri, ports: { ...ports, https: redirecting.port } }]) {
    await device.configure({ ...trust, ...changes });
    const { stderr } = await device.expect(6, 'provision', '--timeout', '1');
    assert.match(stderr, /redirection \(307\).*never followed/);
  }
  assert.ok(redirecting.received.includes('SharedAccessSignature'), 'the hub was asked');
  assert.equal(target.connections, 0);
});

test('a proxy that refuses is named, and gets no more than its own credentials', async (bench) => {
  const device = await bench.enrolledDevice();
  const credentials = join(bench.folder, 'proxy-credentials');
  await writeFile(credentials, 'someone:pass-phrase\n', { mode: 0o600 });
  const forbidding = bench.keep(await plainServer('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
  const asking = bench.keep(await plainServer('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));

  for (const [proxy, says] of [[forbidding, /proxy answered 403/], [asking, /proxyCredentialsFile/]]) {
    await device.configure({ proxy: `http://127.0.0.1:${proxy.port}`, proxyCredentialsFile: credentials });
    const { stderr } = await device.expect(6, 'provision', '--timeout', '1');
    assert.match(stderr, says);
    assert.ok(!stderr.includes('pass-phrase'), stderr);
    const said = proxy.received.toString();
    assert.match(said, /^CONNECT localhost:\d+ HTTP\/1\.1\r\n/);
    assert.ok(said.includes(`Basic ${Buffer.from('someone:pass-phrase').toString('base64')}`), said);
    assert.ok(!/SharedAccessSignature|endorsementKey|registrations/.test(said), said);
  }
  assert.deepEqual(await device.emulator.requests(), []);
});
