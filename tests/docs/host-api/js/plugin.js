// Runs the examples of the book's page on the host API: content of the type `example` with the data
// `{"name": "get-config"}` runs that function's.

import { databaseExamples } from "./database.js";
import { hostApiExamples } from "./host-api.js";
import { otherExamples } from "./others.js";

const examples = { ...hostApiExamples, ...databaseExamples, ...otherExamples };

function run(event) {
  const { name } = JSON.parse(event.data);
  const example = examples[name];
  if (example === undefined) throw new Error(`the page has no example of ${name}`);
  example();
}

export const pluginHooks = {
  onContentCreating(event) {
    run(event);
    return undefined;
  },

  onContentCreated(event) {
    run(event);
  },
};
