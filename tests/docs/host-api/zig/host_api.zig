//! The interface `host-api`.

const std = @import("std");
const contract = @import("contract.zig");

const String = contract.String;
const bytes = contract.bytes;
const free = contract.free;
const log = contract.log;
const parse = contract.parse;
const text = contract.text;
const world = contract.world;

// ANCHOR: log
fn exampleLog() anyerror!void {
    var level = text("info");
    var message = text("a slug was missing");
    world.raisfast_plugin_wit_host_api_log(&level, &message);
}
// ANCHOR_END: log

// ANCHOR: get-config
fn exampleGetConfig() anyerror!void {
    var limit: u32 = 2;
    var key = text("max_links");
    var value: String = .{};
    if (world.raisfast_plugin_wit_host_api_get_config(&key, &value)) {
        defer free(&value);
        limit = std.fmt.parseInt(u32, bytes(value), 10) catch limit;
    }
    key = text("site.title");
    var title: String = .{};
    if (world.raisfast_plugin_wit_host_api_get_config(&key, &title)) {
        defer free(&title);
        log("info", "{s}: at most {d} links", .{ bytes(title), limit });
    }
}
// ANCHOR_END: get-config

// ANCHOR: http-get
fn exampleHttpGet() anyerror!void {
    var url = text("https://api.example.com/v1/status");
    var body: String = .{};
    if (world.raisfast_plugin_wit_host_api_http_get(&url, &body)) {
        defer free(&body);
        log("debug", "{s}", .{bytes(body)});
    }
}
// ANCHOR_END: http-get

// ANCHOR: http-post
fn exampleHttpPost() anyerror!void {
    var url = text("https://hooks.example.com/raisfast");
    var message = text("{\"text\":\"a new post\"}");
    var body: String = .{};
    if (world.raisfast_plugin_wit_host_api_http_post(&url, &message, &body)) {
        free(&body);
    } else {
        log("warn", "nobody was told", .{});
    }
}
// ANCHOR_END: http-post

// ANCHOR: get-data
fn exampleGetData() anyerror!void {
    var visits: u64 = 0;
    var key = text("visits");
    var value: String = .{};
    if (world.raisfast_plugin_wit_host_api_get_data(&key, &value)) {
        defer free(&value);
        visits = std.fmt.parseInt(u64, bytes(value), 10) catch 0;
    }
    log("info", "{d} visits", .{visits});
}
// ANCHOR_END: get-data

// ANCHOR: set-data
fn exampleSetData() anyerror!void {
    var key = text("last-run");
    var value = text("2026-03-02T05:30:00Z");
    if (!world.raisfast_plugin_wit_host_api_set_data(&key, &value)) {
        log("warn", "the time of this run was not kept", .{});
    }
}
// ANCHOR_END: set-data

// ANCHOR: get-post
fn exampleGetPost() anyerror!void {
    var slug = text("hello-world");
    var json: String = .{};
    if (!world.raisfast_plugin_wit_host_api_get_post(&slug, &json)) return;
    defer free(&json);
    const post = try parse(struct { title: []const u8 }, json);
    defer post.deinit();
    log("info", "{s}", .{post.value.title});
}
// ANCHOR_END: get-post

// ANCHOR: db-query
fn exampleDbQuery() anyerror!void {
    var sql = text(
        \\SELECT title, slug FROM posts WHERE status = ?
        \\ORDER BY published_at DESC LIMIT 10
    );
    var params = text("[\"published\"]");
    var rows: String = .{};
    world.raisfast_plugin_wit_host_api_db_query(&sql, &params, &rows);
    defer free(&rows);
    const posts = parse([]struct { title: []const u8, slug: []const u8 }, rows) catch {
        return log("error", "{s}", .{bytes(rows)});
    };
    defer posts.deinit();
    log("info", "{d} posts", .{posts.value.len});
}
// ANCHOR_END: db-query

// ANCHOR: db-execute
fn exampleDbExecute() anyerror!void {
    var sql = text("UPDATE posts SET excerpt = ? WHERE slug = ?");
    var params = text("[\"In short\", \"hello-world\"]");
    var answer: String = .{};
    world.raisfast_plugin_wit_host_api_db_execute(&sql, &params, &answer);
    defer free(&answer);
    log("debug", "{s}", .{bytes(answer)});
}
// ANCHOR_END: db-execute

// ANCHOR: db-begin
fn exampleDbBegin() anyerror!void {
    var begun: String = .{};
    world.raisfast_plugin_wit_host_api_db_begin(&begun);
    free(&begun);

    var sql = text("UPDATE posts SET category_id = ? WHERE category_id = ?");
    var params = text("[\"news\", \"blog\"]");
    var moved: String = .{};
    world.raisfast_plugin_wit_host_api_db_execute(&sql, &params, &moved);
    defer free(&moved);
    var ended: String = .{};
    if (std.mem.find(u8, bytes(moved), "rows_affected") != null) {
        world.raisfast_plugin_wit_host_api_db_commit(&ended);
    } else {
        world.raisfast_plugin_wit_host_api_db_rollback(&ended);
    }
    free(&ended);
}
// ANCHOR_END: db-begin

// ANCHOR: db-commit
fn exampleDbCommit() anyerror!void {
    var answer: String = .{};
    world.raisfast_plugin_wit_host_api_db_commit(&answer);
    defer free(&answer);
    if (std.mem.find(u8, bytes(answer), "\"error\"") != null) {
        log("error", "{s}", .{bytes(answer)});
    }
}
// ANCHOR_END: db-commit

// ANCHOR: db-rollback
fn exampleDbRollback() anyerror!void {
    var answer: String = .{};
    world.raisfast_plugin_wit_host_api_db_rollback(&answer);
    free(&answer);
}
// ANCHOR_END: db-rollback

// ANCHOR: vfs-read
fn exampleVfsRead() anyerror!void {
    var path = text("cache/posts/hello-world.json");
    var cached: String = .{};
    if (world.raisfast_plugin_wit_host_api_vfs_read(&path, &cached)) {
        defer free(&cached);
        log("debug", "{s}", .{bytes(cached)});
    }
}
// ANCHOR_END: vfs-read

// ANCHOR: vfs-write
fn exampleVfsWrite() anyerror!void {
    var path = text("digests/2026-03-02.md");
    var content = text("# Monday\n");
    if (!world.raisfast_plugin_wit_host_api_vfs_write(&path, &content)) {
        log("warn", "the digest was not kept", .{});
    }
}
// ANCHOR_END: vfs-write

// ANCHOR: vfs-delete
fn exampleVfsDelete() anyerror!void {
    var path = text("digests/2026-03-02.md");
    _ = world.raisfast_plugin_wit_host_api_vfs_delete(&path);
}
// ANCHOR_END: vfs-delete

// ANCHOR: vfs-exists
fn exampleVfsExists() anyerror!void {
    var path = text("digests");
    if (!world.raisfast_plugin_wit_host_api_vfs_exists(&path)) {
        log("info", "this is the first digest", .{});
    }
}
// ANCHOR_END: vfs-exists

// ANCHOR: vfs-list
fn exampleVfsList() anyerror!void {
    var path = text("digests");
    var json: String = .{};
    if (!world.raisfast_plugin_wit_host_api_vfs_list(&path, &json)) return;
    defer free(&json);
    const names = try parse([][]const u8, json);
    defer names.deinit();
    for (names.value) |name| log("info", "{s}", .{name});
}
// ANCHOR_END: vfs-list

// ANCHOR: vfs-stat
fn exampleVfsStat() anyerror!void {
    var path = text("digests/2026-03-02.md");
    var json: String = .{};
    if (!world.raisfast_plugin_wit_host_api_vfs_stat(&path, &json)) return;
    defer free(&json);
    const stat = try parse(struct { size: u64 }, json);
    defer stat.deinit();
    log("info", "{d} bytes", .{stat.value.size});
}
// ANCHOR_END: vfs-stat

// ANCHOR: emit-event
fn exampleEmitEvent() anyerror!void {
    var event_type = text("spam-removed");
    var data = text("{\"removed\":3}");
    var answer: String = .{};
    world.raisfast_plugin_wit_host_api_emit_event(&event_type, &data, &answer);
    free(&answer);
}
// ANCHOR_END: emit-event

pub const examples = std.StaticStringMap(*const fn () anyerror!void).initComptime(.{
    .{ "log", exampleLog },
    .{ "get-config", exampleGetConfig },
    .{ "http-get", exampleHttpGet },
    .{ "http-post", exampleHttpPost },
    .{ "get-data", exampleGetData },
    .{ "set-data", exampleSetData },
    .{ "get-post", exampleGetPost },
    .{ "db-query", exampleDbQuery },
    .{ "db-execute", exampleDbExecute },
    .{ "db-begin", exampleDbBegin },
    .{ "db-commit", exampleDbCommit },
    .{ "db-rollback", exampleDbRollback },
    .{ "vfs-read", exampleVfsRead },
    .{ "vfs-write", exampleVfsWrite },
    .{ "vfs-delete", exampleVfsDelete },
    .{ "vfs-exists", exampleVfsExists },
    .{ "vfs-list", exampleVfsList },
    .{ "vfs-stat", exampleVfsStat },
    .{ "emit-event", exampleEmitEvent },
});
