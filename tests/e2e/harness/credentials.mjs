// SPDX-License-Identifier: Apache-2.0
// What a factory puts on a device: certificates and keys, made by openssl, each file for its owner alone.
import { createHmac, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './process.mjs';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/// Makes certificates in a folder of its own. Each is { certificate, privateKey }, the names of its PEM files.
export class CertificateFactory {
  constructor(folder) {
    this.folder = folder;
  }

  #at(name) {
    return join(this.folder, name);
  }

  async #files(name) {
    await mkdir(this.folder, { recursive: true });
    return { certificate: this.#at(`${name}.pem`), privateKey: this.#at(`${name}.key`) };
  }

  /// A certificate that vouches for itself.
  async selfSigned(commonName, name = commonName) {
    const { certificate, privateKey } = await this.#files(name);
    await output('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', privateKey, '-out', certificate, '-subj', `/CN=${commonName}`, '-days', '10']);
    await chmod(privateKey, 0o600);
    return { certificate, privateKey };
  }

  /// A certificate by `issuer`, which may issue others itself when `isAuthority`.
  async issued(issuer, commonName, { isAuthority = false } = {}) {
    const { certificate, privateKey } = await this.#files(commonName);
    const request = this.#at(`${commonName}.csr`);
    const extensions = this.#at(`${commonName}.ext`);
    await writeFile(extensions, `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}\n`);
    await output('openssl', ['req', '-new', ...NEW_KEY, '-keyout', privateKey, '-out', request, '-subj', `/CN=${commonName}`]);
    await output('openssl', ['x509', '-req', '-in', request, '-CA', issuer.certificate, '-CAkey', issuer.privateKey, '-CAcreateserial',
      '-out', certificate, '-days', '10', '-extfile', extensions]);
    await chmod(privateKey, 0o600);
    return { certificate, privateKey };
  }

  /// Several certificate files as one, the first one first.
  async joined(name, files) {
    const path = this.#at(name);
    await writeFile(path, Buffer.concat(await Promise.all(files.map((file) => readFile(file)))));
    return path;
  }
}

/// A symmetric key as an enrollment has it.
export const newKey = () => randomBytes(32).toString('base64');

/// The key of one device of an enrollment group.
export const derivedKey = (groupKey, registrationId) =>
  createHmac('sha256', Buffer.from(groupKey, 'base64')).update(registrationId).digest('base64');

export async function keyFile(path, key) {
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return path;
}
