// SPDX-License-Identifier: Apache-2.0
// Holds recorded replies against the OpenAPI file: path, status, media type and body of each; and every operation must
// have been answered with success at least once.
// usage: check-replies.mjs OPENAPI_FILE REPLIES.jsonl
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";

const [openapiFile, repliesFile] = process.argv.slice(2);
const openapi = parse(readFileSync(openapiFile, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: "openapi", ...openapi });

const methods = ["get", "put", "post", "delete"];
const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
  methods.filter((method) => item[method]).map((method) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path: new RegExp(`^${path.replace(/\{\w+\}/g, "[0-9]+")}$`),
    pointer: `#/paths/${path.replaceAll("~", "~0").replaceAll("/", "~1")}/${method}`,
    responses: item[method].responses,
  })));

function deref(node, pointer) {
  if (!node?.$ref) return [node, pointer];
  return [node.$ref.slice(2).split("/").reduce((part, key) => part[key], openapi), node.$ref];
}

const succeeded = new Set();
const faults = [];
let checked = 0;

function check(reply) {
  const path = reply.target.split("?")[0];
  const operation = operations.find((one) => one.method === reply.method && one.path.test(path));
  let response = openapi.components.responses.Problem;
  let pointer = "#/components/responses/Problem";
  if (!operation) {
    if (reply.status < 400) return `${reply.status} at a path that is not in the file`;
  } else {
    const key = operation.responses[reply.status] ? String(reply.status) : "default";
    [response, pointer] = deref(operation.responses[key], `${operation.pointer}/responses/${key}`);
    if (key === "default" && reply.status < 400) return `status ${reply.status} is not in the file`;
    if (reply.status === 200) succeeded.add(operation.name);
  }
  const type = reply.contentType.split(";")[0];
  if (!response.content[type]) return `media type ${type} is not in the file`;
  const schema = `openapi${pointer}/content/${type.replaceAll("/", "~1")}/schema`.replace("#/", "#/");
  const validate = ajv.getSchema(schema.replaceAll("{", "%7B").replaceAll("}", "%7D")) ?? ajv.compile({ $ref: schema });
  // Of a stream each line is recorded by itself.
  const body = type.endsWith("json") ? JSON.parse(reply.body) : reply.body;
  if (!validate(body)) return ajv.errorsText(validate.errors);
  if (type === "application/problem+json" && body.status !== reply.status) return "another status in the body";
  checked += 1;
  return undefined;
}

for (const line of readFileSync(repliesFile, "utf8").trim().split("\n")) {
  const reply = JSON.parse(line);
  const fault = check(reply);
  if (fault) faults.push(`${reply.method} ${reply.target.slice(0, 80)}: ${fault}: ${reply.body.slice(0, 300)}`);
}
for (const { name } of operations) {
  if (!succeeded.has(name)) faults.push(`${name}: no recorded reply is a success`);
}
for (const fault of faults) console.error(fault);
console.log(`${checked} replies are as ${operations.length} operations of the OpenAPI file say`);
process.exit(faults.length === 0 ? 0 : 1);
