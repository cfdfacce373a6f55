// The types of a guest in JavaScript, made by jco's own generator.
//
// node generate.mjs JCO_TRANSPILE_FOLDER PLUGIN_WIT INTO

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [jco, contract, into] = process.argv.slice(2);
const generator = join(jco, "vendor/js-component-bindgen-component.js");
const { $init, generateTypes } = await import(pathToFileURL(generator).href);
await $init;

const wit = { tag: "source", val: readFileSync(contract, "utf8") };
const options = { wit, world: "plugin-world", guest: true, tlaCompat: false };
for (const [name, text] of generateTypes("plugin-world", options)) {
  const file = join(into, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
