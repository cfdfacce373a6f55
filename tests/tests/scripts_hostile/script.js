// Uses up whatever the host lets it have, in the way that the title of a post chooses.

import * as sdk from "sdk";

let calls = 0;
let isPoisoned = false;

const CHANGE = "UPDATE posts SET excerpt = 'changed' WHERE slug = 'index'";
const FLOOD = 10_000;

function recurse() {
  return 1 + recurse();
}

function* endlessly() {
  for (;;) yield 0;
}

function again() {
  return Promise.resolve().then(again);
}

// An array of arrays, as deep as this.
function nested(depth) {
  let list = [];
  for (let i = 0; i < depth; i++) list = [list];
  return list;
}

function change() {
  Host.dbBegin();
  const changed = Host.dbExecute(CHANGE);
  if (!changed.includes("rows_affected")) throw new Error(changed);
}

// Returns true if changing an object in this way fails.
function fails(change) {
  try {
    change();
    return false;
  } catch {
    return true;
  }
}

// Changes everything that a script can reach, and then asks whether the host's functions are what
// they were.
function pollute() {
  const refusals = [
    () => { Host.dbQuery = () => "stolen"; },
    () => { Host.dbQuery.call = () => "stolen"; },
    () => { delete Host.log; },
    () => { sdk.dbQuery = () => "stolen"; },
    () => { sdk.default.newId = () => "stolen"; },
    () => { Object.defineProperty(sdk.default, "newId", { value: () => "stolen" }); },
    () => { Object.setPrototypeOf(sdk.default, { newId: () => "stolen" }); },
    () => { globalThis.Host = {}; },
  ];
  const passed = refusals.findIndex((refusal) => !fails(refusal));
  if (passed >= 0) throw new Error(`change ${passed} was not refused`);

  Object.prototype.status = 400;
  Object.prototype.__plugin_error = true;
  Object.defineProperty(Object.prototype, "error", { set() { throw new Error("stolen"); } });
  Object.defineProperty(Array.prototype, "0", { set() { throw new Error("stolen"); } });
  Array.prototype.map = Array.prototype.push = () => { throw new Error("stolen"); };
  Function.prototype.call = Function.prototype.apply = () => { throw new Error("stolen"); };
  Promise.prototype.then = () => { throw new Error("stolen"); };
  JSON.parse = JSON.stringify = () => { throw new Error("stolen"); };
  globalThis.BigInt = globalThis.Uint8Array = undefined;
  const number = sdk.extractJson('{"list": [9007199254740993]}', "list.0");
  const sql = `SELECT slug FROM posts WHERE slug = ${sdk.dbPh(1)}`;
  const [row] = sdk.dbQuery(sql, ["index"]);
  const { rows } = sdk.dbFetchAll("posts", { slug: "index" }, { columns: ["slug"] });
  const { code } = caught(() => sdk.dbInsert("sessions", { token: "t" }));
  throw new Error(`polluted: ${number} ${row.slug} ${rows[0].slug} ${rows.length} ${code}`);
}

function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
}

const acts = {
  // What never ends.
  loop() {
    for (;;);
  },
  caught() {
    for (;;) {
      try {
        throw new Error("again");
      } catch {}
    }
  },
  host() {
    for (;;) Host.getData("key");
  },
  log() {
    for (;;) console.log("again");
  },
  regex() {
    return /^(a+)+$/.test(`${"a".repeat(64)}b`);
  },
  promises: again,
  generator() {
    for (const _ of endlessly());
  },
  proxy() {
    const trap = new Proxy({}, { get: () => trap, has: () => acts.loop() });
    return "key" in trap;
  },
  answer: () => ({ toJSON: () => acts.loop() }),
  argument() {
    Host.setData("key", { toJSON: () => acts.loop() });
  },
  sort() {
    [3, 2, 1].sort(() => acts.loop());
  },
  eval() {
    eval("for (;;);");
  },
  function() {
    new Function("for (;;);")();
  },
  lock() {
    change();
    acts.loop();
  },

  // What fails.
  recursion: recurse,
  "recursion-proxy"() {
    const deep = new Proxy({}, { get: (_, key) => deep[key] });
    return deep.key;
  },
  "recursion-json": () => JSON.stringify(nested(1e5)),
  "recursion-regex": () => new RegExp("(?:".repeat(1e5) + ")".repeat(1e5)),
  "recursion-eval": () => eval("(".repeat(1e5) + "1" + ")".repeat(1e5)),
  memory() {
    const hoard = [];
    for (;;) hoard.push("x".repeat(1 << 16) + hoard.length);
  },
  "memory-array": () => new Array(1e8).fill(0),
  "memory-buffer": () => new Uint8Array(1 << 30),
  giant: () => "x".repeat(2 ** 31),
  "giant-sum"() {
    let text = "x";
    for (;;) text += text;
  },
  "deep-json": () => JSON.parse("[".repeat(1e6) + "]".repeat(1e6)),
  "deep-data": () => sdk.extractJson("[".repeat(1e6), "0"),
  "deep-answer": () => ({ tag_ids: nested(1e4) }),
  "cyclic-answer"() {
    const post = {};
    post.title = post;
    return post;
  },
  "wrong-answer": () => 7,
  "huge-answer": () => ({ content: "x".repeat(20_000_000) }),
  "huge-value": () => Host.setData("key", "x".repeat(20_000_000)),
  "promise-never": () => new Promise(() => {}),
  "promise-rejected": async () => {
    throw new Error("rejected");
  },
  "eval-throws": () => eval("throw new Error('evaluated')"),
  import: () => import("fs"),
  "import-outside": () => import("../../../../etc/passwd"),
  poison() {
    isPoisoned = true;
    throw new Error("the state is spoilt");
  },
  pollute,

  // What the host bounds, and the script survives.
  "log-flood"() {
    for (let i = 0; i < FLOOD; i++) console.log(i);
  },
  "event-flood"() {
    for (let i = 0; i < FLOOD; i++) Host.emitEvent("flood", String(i));
  },
  "huge-log": () => console.log("x".repeat(4_000_000)),
  "large-value": () => Host.setData("key", "x".repeat(12_000_000)),
  "open-transaction": change,
  "rejected-beside"() {
    Promise.reject(new Error("nobody waits"));
  },
};

function act(input) {
  const how = isPoisoned ? "poisoned" : "healthy";
  calls += 1;
  const { title } = JSON.parse(input);
  const answer = Object.hasOwn(acts, title) ? acts[title]() : undefined;
  // A promise, or what an act returns as the answer.
  const isAnswer = ["promises", "answer", "import", "import-outside"].includes(title);
  const isWrong = /-answer$|^promise-/.test(title);
  return isAnswer || isWrong ? answer : { excerpt: `${how} ${calls}` };
}

export const on_post_creating = act;
export const on_post_updating = act;
