//! The interfaces `identifiers`, `clock`, `deliveries`, `refusals` and `http`.

const std = @import("std");
const contract = @import("contract.zig");

const String = contract.String;
const bytes = contract.bytes;
const free = contract.free;
const log = contract.log;
const text = contract.text;
const world = contract.world;

// ANCHOR: new-id
fn exampleNewId() anyerror!void {
    var key = text("last-import");
    var id: String = .{};
    world.raisfast_plugin_wit_identifiers_new_id(&id);
    defer free(&id);
    _ = world.raisfast_plugin_wit_host_api_set_data(&key, &id);
}
// ANCHOR_END: new-id

// ANCHOR: now
fn exampleNow() anyerror!void {
    var key = text("last-run");
    var now: String = .{};
    world.raisfast_plugin_wit_clock_now(&now);
    defer free(&now);
    _ = world.raisfast_plugin_wit_host_api_set_data(&key, &now);
}
// ANCHOR_END: now

// ANCHOR: unix-milliseconds
fn exampleUnixMilliseconds() anyerror!void {
    const begun = world.raisfast_plugin_wit_clock_unix_milliseconds();
    var sql = text("SELECT slug FROM posts");
    var posts: String = .{};
    world.raisfast_plugin_wit_host_api_db_query(&sql, null, &posts);
    defer free(&posts);
    const took = world.raisfast_plugin_wit_clock_unix_milliseconds() - begun;
    log("debug", "{d} bytes in {d} ms", .{ posts.len, took });
}
// ANCHOR_END: unix-milliseconds

// ANCHOR: current
fn exampleCurrent() anyerror!void {
    var delivery: world.raisfast_plugin_wit_deliveries_delivery_t = undefined;
    if (!world.raisfast_plugin_wit_deliveries_current(&delivery)) return;
    defer world.raisfast_plugin_wit_deliveries_delivery_free(&delivery);

    var key_buffer: [64]u8 = undefined;
    var done = text(try std.fmt.bufPrint(&key_buffer, "done:{s}", .{bytes(delivery.id)}));
    var before: String = .{};
    if (world.raisfast_plugin_wit_host_api_get_data(&done, &before)) return free(&before);

    var url = text("https://hooks.example.com/raisfast");
    var body_buffer: [128]u8 = undefined;
    const format = "{{\"id\":\"{s}\",\"text\":\"a new post\"}}";
    var body = text(try std.fmt.bufPrint(&body_buffer, format, .{bytes(delivery.id)}));
    var answer: String = .{};
    if (!world.raisfast_plugin_wit_host_api_http_post(&url, &body, &answer)) {
        return error.TriedAgainLater;
    }
    free(&answer);
    _ = world.raisfast_plugin_wit_host_api_set_data(&done, &delivery.created_at);
}
// ANCHOR_END: current

// ANCHOR: refuse
fn exampleRefuse() anyerror!void {
    const title = "Hi";
    if (title.len < 3) {
        var pointer = text("/title");
        var message = text("A title has at least three letters.");
        world.raisfast_plugin_wit_refusals_refuse(&pointer, &message);
    }
}
// ANCHOR_END: refuse

// ANCHOR: send
fn exampleSend() anyerror!void {
    var headers = [_]world.plugin_world_tuple2_string_string_t{
        .{ .f0 = text("authorization"), .f1 = text("Bearer …") },
        .{ .f0 = text("content-type"), .f1 = text("application/json") },
    };
    const body = text("{\"text\":\"a new post\"}");
    var request: world.raisfast_plugin_wit_http_request_t = .{
        .method = world.RAISFAST_PLUGIN_WIT_HTTP_METHOD_POST,
        .url = text("https://api.example.com/v1/notes"),
        .headers = .{ .ptr = &headers, .len = headers.len },
        .body = .{ .ptr = body.ptr, .len = body.len },
        .timeout_ms = .{ .is_some = true, .val = 2000 },
    };
    var answer: world.raisfast_plugin_wit_http_response_t = undefined;
    var failure: world.raisfast_plugin_wit_http_error_t = undefined;
    if (!world.raisfast_plugin_wit_http_send(&request, &answer, &failure)) {
        defer world.raisfast_plugin_wit_http_error_free(&failure);
        if (failure.tag == world.RAISFAST_PLUGIN_WIT_HTTP_ERROR_TIMEOUT) {
            return log("info", "later, then", .{});
        }
        // Every case of the error has a message, and all lie at one place.
        return log("error", "{s}", .{bytes(failure.val.denied)});
    }
    defer world.raisfast_plugin_wit_http_response_free(&answer);
    if (answer.status < 200 or answer.status > 299) return log("warn", "status {d}", .{answer.status});
    for (0..answer.headers.len) |i| {
        const header = &answer.headers.ptr[i];
        if (!std.mem.eql(u8, bytes(header.f0), "location")) continue;
        var key = text("note");
        _ = world.raisfast_plugin_wit_host_api_set_data(&key, &header.f1);
    }
}
// ANCHOR_END: send

pub const examples = std.StaticStringMap(*const fn () anyerror!void).initComptime(.{
    .{ "new-id", exampleNewId },
    .{ "now", exampleNow },
    .{ "unix-milliseconds", exampleUnixMilliseconds },
    .{ "current", exampleCurrent },
    .{ "refuse", exampleRefuse },
    .{ "send", exampleSend },
});
