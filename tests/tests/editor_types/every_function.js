// A script that uses each function and each handler, as an editor checks it. What it has to refuse
// stands below a comment that expects an error.

import all, {
  configGet,
  dbBegin,
  dbCommit,
  dbCount,
  dbDelete,
  dbExec,
  dbFetchAll,
  dbFetchOne,
  dbGroupBy,
  dbIncrement,
  dbInsert,
  dbPh,
  dbQuery,
  dbRollback,
  dbSum,
  dbUpdate,
  delivery,
  eventEmit,
  extractJson,
  fail,
  getPost,
  httpGet,
  httpGetJson,
  httpPost,
  httpPostJson,
  httpSend,
  logError,
  logInfo,
  logWarn,
  newId,
  now,
  ok,
  refuse,
  storeGet,
  storeSet,
  unixMilliseconds,
  vfsDelete,
  vfsExists,
  vfsList,
  vfsRead,
  vfsStat,
  vfsWrite,
} from "sdk";

/** @type {import("sdk").Handlers["on_post_creating"]} */
export function on_post_creating(input) {
  const post = JSON.parse(input);
  if (post.title.length > 100) {
    return fail(422, "too long");
  }
  // @ts-expect-error: a field of another name
  post.headline;
  return ok({ slug: post.slug?.toLowerCase() ?? null, excerpt: null });
}

/** @type {import("sdk").Handlers["onPostUpdating"]} */
export const onPostUpdating = async (input) => ({ ...JSON.parse(input), tag_ids: ["a"] });

/** @type {import("sdk").Handlers["on_comment_creating"]} */
// @ts-expect-error: a field of another type
export const on_comment_creating = (input) => ({ content: JSON.parse(input).content.length });

/** @type {import("sdk").Handlers["on_content_creating"]} */
export function on_content_creating(input) {
  const { content_type, data, body } = JSON.parse(input);
  return { data: { ...data, content_type, seen: body?.id === null } };
}

/** @type {import("sdk").Handlers["on_content_updating"]} */
export const on_content_updating = (input) => input;

/** @type {import("sdk").Handlers["render_markdown"]} */
export const render_markdown = (markdown) => `<p>${markdown.trim()}</p>`;

/** @type {import("sdk").Handlers["filter_html"]} */
export const filter_html = async (html) => html.replaceAll("fiend", "friend");

/** @type {import("sdk").Handlers["on_post_created"]} */
export function on_post_created(input) {
  const post = JSON.parse(input);
  logInfo(post.slug, post.view_count + 1);
  logWarn("a warning");
  logError("an error");
}

/** @type {import("sdk").Handlers["on_login"]} */
export const on_login = (input) => console.log(JSON.parse(input).user_id);

/** @type {import("sdk").Handlers["on_content_viewed"]} */
export const on_content_viewed = (input) => console.debug(JSON.parse(input).body.id);

/** @type {import("sdk").Handlers["on_post_deleted"]} */
export const on_post_deleted = (input) => storeSet("deleted", JSON.parse(input).id);

/** @type {import("sdk").Handlers["on_load"]} */
export const on_load = (input) => console.info(JSON.parse(input).number + 1);

/** @type {import("sdk").Handlers["snapshot"]} */
export const snapshot = () => new Uint8Array([1, 2]);

/** @type {import("sdk").Handlers["restore"]} */
export const restore = (state) => state.length;

/** @type {import("sdk").Handlers["on_cron_tick"]} */
export function on_cron_tick() {
  const table = "own_com_example_script__orders";
  dbBegin();
  const { rows_affected, id } = dbInsert(table, { id: newId(), total: 9007199254740993n });
  dbInsert(table, { id, paid: null, at: new Date(), picture: new Uint8Array(2) }, {});
  const first = dbFetchOne(table, { id }).row?.total;
  const rows = dbFetchAll(table, {
    $or: [{ total: { $gt: first } }, { $not: { state: { $in: ["open", "paid"] } } }],
    at: { $between: ["2026-01-01", "2026-12-31"] },
    note: { $null: true },
  }, { columns: ["id"], order: ["-total"], limit: 10, offset: rows_affected }).rows;
  dbUpdate(table, { state: "paid" }, { id: rows[0]?.id });
  dbIncrement(table, { total: -1 }, { id }, { min: 0, set: { state: "less" } });
  dbDelete(table, {}, { all: true });
  const count = dbCount(table).count + dbCount(table, { state: { $like: "p%" } }).count;
  const { sum } = dbSum(table, "total", null);
  dbGroupBy(table, { group_by: ["state"], sums: { all: "total" }, having: { all: { $gte: 1 } } });
  const found = dbQuery(`SELECT id FROM posts WHERE slug = ${dbPh(1)}`, ["hello"]);
  dbExec("UPDATE posts SET title = 'a'");
  dbCommit();
  dbRollback();
  vfsWrite("report.json", { count, sum, found });
  if (vfsExists("report.json") && vfsStat("report.json")?.size) {
    vfsList("").map((name) => vfsRead(name)?.length);
    vfsDelete("report.json");
  }
  const name = getPost("hello")?.title ?? configGet("name") ?? storeGet("name");
  const weather = httpGetJson("https://api.example.com/weather").sky;
  httpPostJson("https://api.example.com", { weather });
  httpPost("https://api.example.com", httpGet("https://api.example.com/text"));
  const { status, headers, body } = httpSend({
    url: "https://api.example.com",
    method: "PUT",
    headers: { "content-type": "application/json", "idempotency-key": delivery()?.id ?? now() },
    body: { at: unixMilliseconds() },
  });
  refuse("/title", `${status} ${headers["etag"]} ${body.length}`);
  refuse("not this one");
  // @ts-expect-error: a method that there is not
  httpSend({ url: "https://api.example.com", method: "TRACE" });
  eventEmit("done", { name, place: extractJson('{"a": [1]}', "a.0") });
  all.logInfo("by its default export");
  // @ts-expect-error: a number, where a name belongs
  dbCount(7);
  // @ts-expect-error: a condition that is forgotten
  dbDelete(table);
  // @ts-expect-error: an option that nobody knows
  dbFetchAll(table, {}, { limits: 1 });
  // @ts-expect-error: a function that there is not
  all.dbDrop(table);
}

export function on_unload() {
  const table = "own_com_example_script__orders";
  const where = '{"id": 1}';
  Host.log("info", "a", 1);
  Host.getConfig("name")?.trim();
  Host.httpGet("https://api.example.com")?.trim();
  Host.httpPost("https://api.example.com", "body")?.trim();
  Host.setData("name", Host.getData("other"));
  Host.getPost("hello")?.trim();
  JSON.parse(Host.dbQuery("SELECT 1", "[]")).rows;
  JSON.parse(Host.dbExecute("DELETE FROM posts", [])).rows_affected;
  Host.dbBegin();
  Host.dbCommit();
  Host.dbRollback();
  Host.vfsWrite("a", Host.vfsRead("b"));
  Host.vfsDelete("a") || Host.vfsExists("a");
  Host.vfsList("")?.trim();
  Host.vfsStat("a")?.trim();
  Host.emitEvent("done", "{}");
  Host.httpSend({ url: "https://api.example.com" }).trim();
  Host.delivery()?.trim();
  Host.refuse(null, Host.now() + Host.unixMilliseconds());
  Host.newId() + Host.dbPh(1);
  Host.dbInsert(table, '{"id": 1}').trim();
  Host.dbFetchOne(table, where).trim();
  Host.dbFetchAll(table, where, '{"limit": 1}').trim();
  Host.dbUpdate(table, { state: "paid" }, { id: 1 }).trim();
  Host.dbDelete(table, where).trim();
  Host.dbIncrement(table, '{"total": 1}', where).trim();
  Host.dbCount(table).trim();
  Host.dbSum(table, "total").trim();
  RaisFastHost.dbGroupBy(table, '{"group_by": ["state"]}').trim();
  console.warn("a", 1);
  console.error(new Error("b"));
  console.trace();
  // @ts-expect-error: nothing can be replaced
  Host.log = console.log;
  // @ts-expect-error: what browsers and Node have
  fetch("https://api.example.com");
}

globalThis.Plugin = { filter_html: (html) => html, greeting: "hello" };
