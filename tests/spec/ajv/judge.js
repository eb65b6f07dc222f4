// Compiles a JSON Schema (draft 2020-12) with Ajv's default options and prints whether each document of a list is valid.
const fs = require("node:fs");
const Ajv = require("ajv/dist/2020");

const [schema, documents] = process.argv.slice(2).map((file) => JSON.parse(fs.readFileSync(file, "utf8")));
const valid = new Ajv().compile(schema);
console.log(JSON.stringify(documents.map((document) => valid(document))));
