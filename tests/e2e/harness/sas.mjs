// SPDX-License-Identifier: Apache-2.0
// The texts that the agent hands out, taken apart.

/// The fields of a SAS token as they stand in it; `signed` is the text that its signature is over.
export function parseToken(token) {
  const [scheme, fields] = token.split(' ');
  if (scheme !== 'SharedAccessSignature') throw new Error(`not a SAS token: ${token}`);
  const { sr, sig, se, ...others } = Object.fromEntries(fields.split('&').map((field) => field.split('=')));
  return {
    sr, se: Number(se), others,
    resource: decodeURIComponent(sr),
    signature: decodeURIComponent(sig),
    signed: `${sr}\n${se}`,
  };
}

/// The fields of a connection string.
export function parseConnectionString(text) {
  return Object.fromEntries(text.split(';').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]));
}

/// The same connection string with one character of its signature changed.
export function tampered(connectionString) {
  return connectionString.replace(/sig=(.)/, (_, first) => `sig=${first === 'A' ? 'B' : 'A'}`);
}
