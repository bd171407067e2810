// SPDX-License-Identifier: Apache-2.0
// Asks ajv for its verdict on each generated configuration, and compares it with the loader's.
//
// usage: node check-schema.mjs SCHEMA CONFIGURATIONS (JSON lines: {case, kind, accepted, configuration}) SAMPLE…
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';

const FEWEST_CASES = 2000;
const FEWEST_OF_EACH = 300;

const [schemaFile, casesFile, ...samples] = process.argv.slice(2);
const ajv = new Ajv2020({ strict: true, strictTypes: true, allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')));

const reasons = () => ajv.errorsText(validate.errors, { dataVar: 'configuration' });

const cases = readFileSync(casesFile, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
const disagreements = cases.filter(({ accepted, configuration }) => validate(configuration) !== accepted);
for (const { case: number, kind, accepted, configuration } of disagreements.slice(0, 20)) {
  validate(configuration);
  console.error(`case ${number} (${kind}): the loader ${accepted ? 'accepts' : 'refuses'} it, ajv says: ${reasons()}`);
  console.error(`  ${JSON.stringify(configuration)}`);
}
assert.equal(disagreements.length, 0, 'schema and loader disagree');

for (const sample of samples) {
  assert.ok(validate(JSON.parse(readFileSync(sample, 'utf8'))), `${sample}: ${reasons()}`);
}

const accepted = cases.filter((one) => one.accepted).length;
const refused = cases.length - accepted;
console.log(`${cases.length} configurations, ${accepted} accepted and ${refused} refused by both`);
assert.ok(cases.length >= FEWEST_CASES, `at least ${FEWEST_CASES} configurations`);
assert.ok(accepted >= FEWEST_OF_EACH && refused >= FEWEST_OF_EACH, 'enough of each verdict');
