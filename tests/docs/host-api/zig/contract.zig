//! The ground that the examples stand on.

// ANCHOR: imports
const std = @import("std");

/// The generator puts package and interface before each name.
pub const world = @import("bindings/plugin_world.zig");

pub const String = world.plugin_world_string_t;

/// The allocator of what a hook is given and hands on: the other side frees it with C's `free`.
pub const allocator = std.heap.c_allocator;

/// A text as a function of the host takes it; it stays the plugin's.
pub fn text(content: []const u8) String {
    return list(String, @constCast(content));
}

/// A list of the contract. An empty one has no pointer: Zig's own would lie outside of the memory.
pub fn list(comptime List: type, items: anytype) List {
    return if (items.len == 0) .{} else .{ .ptr = items.ptr, .len = items.len };
}

/// The bytes of a string of the host's.
pub fn bytes(string: String) []const u8 {
    return if (string.len == 0) "" else string.ptr[0..string.len];
}

pub fn free(string: *String) void {
    world.plugin_world_string_free(string);
}

/// Logs up to 1,000 bytes.
pub fn log(level: []const u8, comptime format: []const u8, arguments: anytype) void {
    var buffer: [1000]u8 = undefined;
    var message = text(std.fmt.bufPrint(&buffer, format, arguments) catch &buffer);
    var its_level = text(level);
    world.raisfast_plugin_wit_host_api_log(&its_level, &message);
}

/// JSON of the host's as a value of Zig's; `deinit` frees it.
pub fn parse(comptime Value: type, json: String) !std.json.Parsed(Value) {
    return std.json.parseFromSlice(Value, allocator, bytes(json), .{
        .ignore_unknown_fields = true,
        .allocate = .alloc_always,
    });
}
// ANCHOR_END: imports
