// SPDX-License-Identifier: Apache-2.0
// Certificate authorities of a test, and certificates with whatever is wrong with them, made by openssl.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './process.mjs';

const DAY = 24 * 3600 * 1000;
const inDays = (days) => new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]/g, '').slice(2, 14) + 'Z';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  constructor(folder) {
    this.folder = folder;
    this.file = join(folder, 'ca.pem');
  }

  static async create(folder) {
    await mkdir(folder, { recursive: true });
    const authority = new Authority(folder);
    await output('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', join(folder, 'ca.key'), '-out', authority.file, '-subj', '/CN=Test authority', '-days', '10']);
    // `openssl ca` is the one command that sets both dates.
    await writeFile(join(folder, 'ca.conf'), `
[ca]
default_ca = authority
[authority]
database = ${folder}/index
new_certs_dir = ${folder}
certificate = ${authority.file}
private_key = ${folder}/ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
copy_extensions = copy
[policy]
commonName = supplied
`);
    await writeFile(join(folder, 'index'), '');
    return authority;
  }

  /// A certificate for these names, valid from `from` to `to` days from now: { key, cert } in PEM.
  async issue({ names = 'DNS:localhost,IP:127.0.0.1', from = -1, to = 5 } = {}) {
    const at = (name) => join(this.folder, name);
    await output('openssl', ['req', '-new', ...NEW_KEY, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=server', '-addext', `subjectAltName=${names}`]);
    await output('openssl', ['ca', '-batch', '-notext', '-config', at('ca.conf'), '-in', at('server.csr'), '-out', at('server.pem'), '-startdate', inDays(from), '-enddate', inDays(to)]);
    return { key: await readFile(at('server.key')), cert: await readFile(at('server.pem')) };
  }
}

/// A certificate that vouches for itself.
export async function selfSigned(folder) {
  await mkdir(folder, { recursive: true });
  const [key, cert] = ['self.key', 'self.pem'].map((name) => join(folder, name));
  await output('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '5']);
  return { key: await readFile(key), cert: await readFile(cert) };
}
