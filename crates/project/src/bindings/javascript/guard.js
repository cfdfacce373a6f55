// Made by `raisfast plugin build`: calls the plugin's hooks, and logs what goes wrong in the
// author's own words.

import { log } from "raisfast:plugin-wit/host-api";

import { beginCall } from "./random.js";

// What the host knows by it that the reason is in the log already.
const LOGGED = "(its reason is in the plugin's log)";

// Characters of a record.
const MOST = 6000;

// The fields of what filters answer; `?` for those that may be absent.
const POST = {
  title: "string",
  content: "string",
  slug: "string?",
  excerpt: "string?",
  categoryId: "string?",
  tagIds: "list?",
  status: "string?",
  coverImage: "string?",
};
const COMMENT = { content: "string", nickname: "string?", email: "string?", parentId: "string?" };
const CONTENT = { contentType: "string", data: "string", id: "string?" };

const ANSWERS = {
  onPostCreating: POST,
  onPostUpdating: POST,
  onCommentCreating: COMMENT,
  onContentCreating: CONTENT,
  onContentUpdating: CONTENT,
  renderMarkdown: "string",
  filterHtml: "string",
};

// The end of the names of the author's files, as errors have them.
const EXTENSION = ".js";

// What was warned of already, so that it is said once in an instance.
const warned = new Set();

// The hooks of the plugin, guarded. `names` are those of manifest.toml: as it writes them, and as
// JavaScript does.
export function guarded(plugin, names) {
  const hooks = plugin.pluginHooks;
  if (hooks === null || typeof hooks !== "object") {
    throw new TypeError(
      `plugin${EXTENSION} has to export \`pluginHooks\`, an object with a method for each hook: export const pluginHooks = { … };`,
    );
  }
  const missing = names.filter(([, name]) => typeof hooks[name] !== "function");
  if (missing.length > 0) {
    const list = missing.map(([hook, name]) => `${name}, for [hooks.${hook}]`).join("; ");
    throw new TypeError(`manifest.toml names hooks that pluginHooks in plugin${EXTENSION} has no method for: ${list}`);
  }
  return Object.fromEntries(
    names.map(([, name]) => [name, (...parameters) => call(hooks, name, parameters)]),
  );
}

function call(hooks, name, parameters) {
  beginCall();
  let answer;
  try {
    answer = hooks[name](...parameters);
  } catch (error) {
    throw failure(`${name} failed: ${describeThrown(error)}`);
  }
  const wrong = Object.hasOwn(ANSWERS, name)
    ? whatIsWrong(name, answer, ANSWERS[name])
    : void warnOfPromise(name, answer);
  if (wrong !== undefined) throw failure(`${name} answered what it may not: ${wrong}`);
  return answer;
}

function failure(reason) {
  log("error", reason.length > MOST ? `${reason.slice(0, MOST)} …` : reason);
  return new Error(LOGGED);
}

function warnOnce(text) {
  if (warned.has(text)) return;
  warned.add(text);
  log("warn", text);
}

// What was thrown, with the lines of its stack that are the author's.
function describeThrown(thrown) {
  const lines = [headline(thrown), ...stackLines(thrown)];
  let cause = thrown?.cause;
  for (let depth = 0; cause != null && depth < 3; depth++) {
    lines.push(`caused by ${headline(cause)}`, ...stackLines(cause));
    cause = cause.cause;
  }
  return lines.join("\n");
}

function headline(thrown) {
  // An error of the contract: its case and its message.
  const payload = thrown?.payload;
  if (payload?.tag !== undefined) return `${payload.tag}: ${payload.val ?? ""}`;
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return `threw ${shown(thrown)}, which is not an Error and so has no line`;
}

function stackLines(thrown) {
  const stack = thrown instanceof Error && typeof thrown.stack === "string" ? thrown.stack : "";
  const lines = stack.split("\n").map((line) => line.trimEnd());
  const own = (line) => line !== "" && !/\/bindings\/guard\.js:|\/\.raisfast-/.test(line);
  const named = (line) => line.replace(/\.js(?=:\d)/, EXTENSION);
  return lines.filter(own).map(named).slice(0, 30);
}

function warnOfPromise(name, answer) {
  if (isPromise(answer)) {
    warnOnce(`${name} returned a promise, which nobody waits for: what comes after its first \`await\` does not run; write it without \`async\``);
  }
}

const isPromise = (value) => typeof value?.then === "function";

function whatIsWrong(name, answer, kind) {
  if (answer === undefined || answer === null) return undefined;
  if (isPromise(answer)) return "a promise; hooks answer at once: write it without `async`";
  if (kind === "string") return wrongType("the answer", answer, kind);
  if (typeof answer !== "object" || Array.isArray(answer)) {
    return `${shown(answer)}; it has to be an object with all fields, or \`null\` to keep the value`;
  }
  const wrong = Object.entries(kind).flatMap(
    ([field, type]) => wrongType(`\`${field}\``, answer[field], type) ?? [],
  );
  for (const field of Object.keys(answer)) {
    if (!Object.hasOwn(kind, field)) {
      const known = Object.keys(kind).join(", ");
      warnOnce(`${name}: \`${field}\` is not a field of the answer and is dropped; there are ${known}`);
    }
  }
  return wrong.length === 0 ? undefined : wrong.join("; ");
}

function wrongType(place, value, type) {
  if (value === undefined || value === null) {
    if (type.endsWith("?")) return undefined;
    return `${place} is missing; answer with the whole value, as in \`{ ...post, slug }\``;
  }
  if (type === "list?") {
    if (!Array.isArray(value)) return `${place} has to be a list of texts, not ${shown(value)}`;
    const index = value.findIndex((item) => typeof item !== "string");
    return index < 0 ? undefined : wrongType(`${place}, item ${index},`, value[index], "string");
  }
  if (typeof value === "string") return undefined;
  return `${place} has to be a text, not ${isPromise(value) ? "a promise" : shown(value)}`;
}

// A value in few words.
function shown(value) {
  let text;
  try {
    text = typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
  } catch {
    text = `a ${typeof value}`;
  }
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
