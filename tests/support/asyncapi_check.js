// node tests/support/asyncapi_check.js DOCUMENT [RECORDS]
//
// Checks an AsyncAPI document with the official parser, and records (JSON lines as `redressctl decode` prints them)
// against the headers and payloads that it promises. Prints what is wrong, a line each, then "N records"; exit status 1
// if anything is.
'use strict';
const fs = require('fs');
const { Parser } = require('@asyncapi/parser');
const Ajv = require('ajv');

const problems = [];

async function checkDocument(text) {
  const { document, diagnostics } = await new Parser().parse(text);
  for (const d of diagnostics)
    if (d.severity === 0) problems.push(`document: ${d.path.join('.')}: ${d.message}`);
  return document;
}

// One validator for headers and one for the payload of each message of each topic.
function makeValidators(doc) {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'doc', components: doc.components });
  const compile = schema => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')));
  const validators = {};
  for (const channel of Object.values(doc.channels))
    for (const id of Object.keys(channel.messages)) {
      const message = doc.components.messages[id];
      validators[`${channel.address} ${message.contentType}`] = {
        headers: compile(message.headers),
        payload: compile(message.payload),
      };
    }
  return validators;
}

function checkRecord(validators, record) {
  const where = `${record.topic}[${record.partition}]@${record.offset}`;
  const validator = validators[`${record.topic} application/${record.encoding}`];
  if (!validator) return problems.push(`${where}: the document has no ${record.encoding} message for it`);
  for (const [part, value] of [['headers', record.headers], ['payload', record.value]])
    if (!validator[part](value))
      for (const e of validator[part].errors) problems.push(`${where}: ${part}${e.instancePath} ${e.message}`);
}

async function main([documentFile, recordsFile]) {
  const text = fs.readFileSync(documentFile, 'utf8');
  await checkDocument(text);
  let count = 0;
  if (recordsFile && problems.length === 0) {
    const validators = makeValidators(JSON.parse(text));
    for (const line of fs.readFileSync(recordsFile, 'utf8').split('\n'))
      if (line) checkRecord(validators, JSON.parse(line)), count++;
  }
  problems.slice(0, 50).forEach(p => console.log(p));
  console.log(`${count} records`);
  process.exitCode = problems.length ? 1 : 0;
}

main(process.argv.slice(2));
