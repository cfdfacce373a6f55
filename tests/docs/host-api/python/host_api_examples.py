"""The interface `host-api`."""

# ANCHOR: imports
import json

from wit_world.imports import host_api
# ANCHOR_END: imports


# ANCHOR: log
def example_log() -> None:
    host_api.log("info", "a slug was missing")
# ANCHOR_END: log


# ANCHOR: get-config
def example_get_config() -> None:
    limit = int(host_api.get_config("max_links") or 2)
    title = host_api.get_config("site.title") or ""
    host_api.log("info", f"{title}: at most {limit} links")
# ANCHOR_END: get-config


# ANCHOR: http-get
def example_http_get() -> None:
    body = host_api.http_get("https://api.example.com/v1/status")
    if body is not None:
        host_api.log("debug", body)
# ANCHOR_END: http-get


# ANCHOR: http-post
def example_http_post() -> None:
    message = json.dumps({"text": "a new post"})
    if host_api.http_post("https://hooks.example.com/raisfast", message) is None:
        host_api.log("warn", "nobody was told")
# ANCHOR_END: http-post


# ANCHOR: get-data
def example_get_data() -> None:
    visits = int(host_api.get_data("visits") or 0)
    host_api.log("info", f"{visits} visits")
# ANCHOR_END: get-data


# ANCHOR: set-data
def example_set_data() -> None:
    if not host_api.set_data("last-run", "2026-03-02T05:30:00Z"):
        host_api.log("warn", "the time of this run was not kept")
# ANCHOR_END: set-data


# ANCHOR: get-post
def example_get_post() -> None:
    post = host_api.get_post("hello-world")
    if post is not None:
        host_api.log("info", json.loads(post)["title"])
# ANCHOR_END: get-post


# ANCHOR: db-query
def example_db_query() -> None:
    rows = host_api.db_query(
        "SELECT title, slug FROM posts WHERE status = ? ORDER BY published_at DESC LIMIT 10",
        json.dumps(["published"]),
    )
    posts = json.loads(rows)
    if isinstance(posts, list):
        host_api.log("info", f"{len(posts)} posts")
    else:
        host_api.log("error", rows)
# ANCHOR_END: db-query


# ANCHOR: db-execute
def example_db_execute() -> None:
    answer = host_api.db_execute(
        "UPDATE posts SET excerpt = ? WHERE slug = ?",
        json.dumps(["In short", "hello-world"]),
    )
    host_api.log("debug", answer)
# ANCHOR_END: db-execute


# ANCHOR: db-begin
def example_db_begin() -> None:
    host_api.db_begin()
    moved = host_api.db_execute(
        "UPDATE posts SET category_id = ? WHERE category_id = ?",
        json.dumps(["news", "blog"]),
    )
    if "rows_affected" in json.loads(moved):
        host_api.db_commit()
    else:
        host_api.db_rollback()
# ANCHOR_END: db-begin


# ANCHOR: db-commit
def example_db_commit() -> None:
    answer = host_api.db_commit()
    if "error" in json.loads(answer):
        host_api.log("error", answer)
# ANCHOR_END: db-commit


# ANCHOR: db-rollback
def example_db_rollback() -> None:
    host_api.db_rollback()
# ANCHOR_END: db-rollback


# ANCHOR: vfs-read
def example_vfs_read() -> None:
    cached = host_api.vfs_read("cache/posts/hello-world.json")
    host_api.log("debug", "not cached" if cached is None else cached)
# ANCHOR_END: vfs-read


# ANCHOR: vfs-write
def example_vfs_write() -> None:
    if not host_api.vfs_write("digests/2026-03-02.md", "# Monday\n"):
        host_api.log("warn", "the digest was not kept")
# ANCHOR_END: vfs-write


# ANCHOR: vfs-delete
def example_vfs_delete() -> None:
    host_api.vfs_delete("digests/2026-03-02.md")
# ANCHOR_END: vfs-delete


# ANCHOR: vfs-exists
def example_vfs_exists() -> None:
    if not host_api.vfs_exists("digests"):
        host_api.log("info", "this is the first digest")
# ANCHOR_END: vfs-exists


# ANCHOR: vfs-list
def example_vfs_list() -> None:
    names = json.loads(host_api.vfs_list("digests") or "[]")
    host_api.log("info", ", ".join(names))
# ANCHOR_END: vfs-list


# ANCHOR: vfs-stat
def example_vfs_stat() -> None:
    stat = host_api.vfs_stat("digests/2026-03-02.md")
    if stat is not None:
        host_api.log("info", f"{json.loads(stat)['size']} bytes")
# ANCHOR_END: vfs-stat


# ANCHOR: emit-event
def example_emit_event() -> None:
    host_api.emit_event("spam-removed", json.dumps({"removed": 3}))
# ANCHOR_END: emit-event
