//! Runs the examples of the book's page on the host API: content of the type `example` with the
//! data `{"name":"get-config"}` runs that function's.

const std = @import("std");
const contract = @import("contract.zig");
const database = @import("database.zig");
const host_api = @import("host_api.zig");
const others = @import("others.zig");

const world = contract.world;
const ContentEvent = world.exports_raisfast_plugin_wit_plugin_hooks_content_event_t;

const Example = *const fn () anyerror!void;

fn find(name: []const u8) ?Example {
    return host_api.examples.get(name) orelse database.examples.get(name) orelse others.examples.get(name);
}

fn run(event: *ContentEvent) !void {
    defer world.raisfast_plugin_wit_types_content_event_free(event);
    const data = try contract.parse(struct { name: []const u8 }, event.data);
    defer data.deinit();
    const example = find(data.value.name) orelse return error.NoSuchExample;
    try example();
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_creating(event: *ContentEvent, answer: *ContentEvent) bool {
    _ = answer;
    run(event) catch |err| @panic(@errorName(err));
    return false;
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_created(event: *ContentEvent) void {
    run(event) catch |err| @panic(@errorName(err));
}
