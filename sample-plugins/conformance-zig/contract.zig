//! The contract, by short names: the generator puts package and interface before each.

const std = @import("std");

pub const world = @import("bindings/plugin_world.zig");

pub const String = world.plugin_world_string_t;
pub const OptionString = world.plugin_world_option_string_t;
pub const PostInput = world.raisfast_plugin_wit_types_post_input_t;
pub const PostOutput = world.raisfast_plugin_wit_types_post_output_t;
pub const CommentInput = world.raisfast_plugin_wit_types_comment_input_t;
pub const ContentEvent = world.raisfast_plugin_wit_types_content_event_t;

/// The allocator of a hook's arguments and answer, which the other side frees with C's `free`.
pub const allocator = std.heap.c_allocator;

pub fn bytes(string: String) []const u8 {
    return if (string.len == 0) "" else string.ptr[0..string.len];
}

/// For an argument of a function of the host: it stays the plugin's.
pub fn lent(text: []const u8) String {
    return list(String, @constCast(text));
}

/// A list of the contract. An empty one has no pointer: Zig's own would lie outside of the memory.
pub fn list(comptime List: type, items: anytype) List {
    return if (items.len == 0) .{} else .{ .ptr = items.ptr, .len = items.len };
}

/// A string that the host will own.
pub fn given(comptime format: []const u8, arguments: anytype) String {
    return lent(std.fmt.allocPrint(allocator, format, arguments) catch @panic("out of memory"));
}

pub fn free(string: *String) void {
    world.plugin_world_string_free(string);
}
