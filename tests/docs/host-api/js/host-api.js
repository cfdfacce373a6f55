// The interface `host-api`.

// ANCHOR: imports
import * as hostApi from "raisfast:plugin-wit/host-api";
// ANCHOR_END: imports

// ANCHOR: log
function log() {
  hostApi.log("info", "a slug was missing");
}
// ANCHOR_END: log

// ANCHOR: get-config
function getConfig() {
  const limit = Number(hostApi.getConfig("max_links") ?? 2);
  const title = hostApi.getConfig("site.title") ?? "";
  hostApi.log("info", `${title}: at most ${limit} links`);
}
// ANCHOR_END: get-config

// ANCHOR: http-get
function httpGet() {
  const body = hostApi.httpGet("https://api.example.com/v1/status");
  if (body != null) {
    hostApi.log("debug", body);
  }
}
// ANCHOR_END: http-get

// ANCHOR: http-post
function httpPost() {
  const message = JSON.stringify({ text: "a new post" });
  if (hostApi.httpPost("https://hooks.example.com/raisfast", message) == null) {
    hostApi.log("warn", "nobody was told");
  }
}
// ANCHOR_END: http-post

// ANCHOR: get-data
function getData() {
  const visits = Number(hostApi.getData("visits") ?? 0);
  hostApi.log("info", `${visits} visits`);
}
// ANCHOR_END: get-data

// ANCHOR: set-data
function setData() {
  if (!hostApi.setData("last-run", "2026-03-02T05:30:00Z")) {
    hostApi.log("warn", "the time of this run was not kept");
  }
}
// ANCHOR_END: set-data

// ANCHOR: get-post
function getPost() {
  const json = hostApi.getPost("hello-world");
  if (json != null) {
    hostApi.log("info", JSON.parse(json).title);
  }
}
// ANCHOR_END: get-post

// ANCHOR: db-query
function dbQuery() {
  const rows = hostApi.dbQuery(
    "SELECT title, slug FROM posts WHERE status = ? ORDER BY published_at DESC LIMIT 10",
    JSON.stringify(["published"]),
  );
  const posts = JSON.parse(rows);
  if (Array.isArray(posts)) {
    hostApi.log("info", `${posts.length} posts`);
  } else {
    hostApi.log("error", rows);
  }
}
// ANCHOR_END: db-query

// ANCHOR: db-execute
function dbExecute() {
  const answer = hostApi.dbExecute(
    "UPDATE posts SET excerpt = ? WHERE slug = ?",
    JSON.stringify(["In short", "hello-world"]),
  );
  hostApi.log("debug", answer);
}
// ANCHOR_END: db-execute

// ANCHOR: db-begin
function dbBegin() {
  hostApi.dbBegin();
  const moved = hostApi.dbExecute(
    "UPDATE posts SET category_id = ? WHERE category_id = ?",
    JSON.stringify(["news", "blog"]),
  );
  if ("rows_affected" in JSON.parse(moved)) {
    hostApi.dbCommit();
  } else {
    hostApi.dbRollback();
  }
}
// ANCHOR_END: db-begin

// ANCHOR: db-commit
function dbCommit() {
  const answer = hostApi.dbCommit();
  if ("error" in JSON.parse(answer)) {
    hostApi.log("error", answer);
  }
}
// ANCHOR_END: db-commit

// ANCHOR: db-rollback
function dbRollback() {
  hostApi.dbRollback();
}
// ANCHOR_END: db-rollback

// ANCHOR: vfs-read
function vfsRead() {
  const cached = hostApi.vfsRead("cache/posts/hello-world.json");
  hostApi.log("debug", cached ?? "not cached");
}
// ANCHOR_END: vfs-read

// ANCHOR: vfs-write
function vfsWrite() {
  if (!hostApi.vfsWrite("digests/2026-03-02.md", "# Monday\n")) {
    hostApi.log("warn", "the digest was not kept");
  }
}
// ANCHOR_END: vfs-write

// ANCHOR: vfs-delete
function vfsDelete() {
  hostApi.vfsDelete("digests/2026-03-02.md");
}
// ANCHOR_END: vfs-delete

// ANCHOR: vfs-exists
function vfsExists() {
  if (!hostApi.vfsExists("digests")) {
    hostApi.log("info", "this is the first digest");
  }
}
// ANCHOR_END: vfs-exists

// ANCHOR: vfs-list
function vfsList() {
  const names = JSON.parse(hostApi.vfsList("digests") ?? "[]");
  hostApi.log("info", names.join(", "));
}
// ANCHOR_END: vfs-list

// ANCHOR: vfs-stat
function vfsStat() {
  const json = hostApi.vfsStat("digests/2026-03-02.md");
  if (json != null) {
    hostApi.log("info", `${JSON.parse(json).size} bytes`);
  }
}
// ANCHOR_END: vfs-stat

// ANCHOR: emit-event
function emitEvent() {
  hostApi.emitEvent("spam-removed", JSON.stringify({ removed: 3 }));
}
// ANCHOR_END: emit-event

export const hostApiExamples = {
  log,
  "get-config": getConfig,
  "http-get": httpGet,
  "http-post": httpPost,
  "get-data": getData,
  "set-data": setData,
  "get-post": getPost,
  "db-query": dbQuery,
  "db-execute": dbExecute,
  "db-begin": dbBegin,
  "db-commit": dbCommit,
  "db-rollback": dbRollback,
  "vfs-read": vfsRead,
  "vfs-write": vfsWrite,
  "vfs-delete": vfsDelete,
  "vfs-exists": vfsExists,
  "vfs-list": vfsList,
  "vfs-stat": vfsStat,
  "emit-event": emitEvent,
};
