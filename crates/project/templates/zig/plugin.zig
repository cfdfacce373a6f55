const std = @import("std");
const world = @import("bindings/plugin_world.zig");

// What a hook is given and hands on is freed by the other side with C's `free`.
const allocator = std.heap.c_allocator;

const String = world.plugin_world_string_t;
const PostInput = world.exports_raisfast_plugin_wit_plugin_hooks_post_input_t;
const PostOutput = world.exports_raisfast_plugin_wit_plugin_hooks_post_output_t;

fn bytes(string: String) []const u8 {
    return if (string.len == 0) "" else string.ptr[0..string.len];
}

/// A text as the host wants it. An empty one of Zig's may point out of the memory, which ends the
/// call.
fn asString(text: []const u8) String {
    return if (text.len == 0) .{} else .{ .ptr = @constCast(text.ptr), .len = text.len };
}

/// A copy of the text's first characters, which may have several bytes each.
fn beginning(text: []const u8, characters: usize) String {
    var end: usize = 0;
    var left = characters;
    while (end < text.len) : (end += 1) {
        const begins = text[end] & 0xC0 != 0x80;
        if (!begins) continue;
        if (left == 0) break;
        left -= 1;
    }
    const copy = allocator.dupe(u8, text[0..end]) catch @panic("out of memory");
    return asString(copy);
}

// A hook owns what it is given: it hands it on in its answer, or frees it.
export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_creating(post: *PostInput, answer: *PostInput) bool {
    if (post.excerpt.is_some or post.content.len == 0) {
        world.raisfast_plugin_wit_types_post_input_free(post);
        return false;
    }
    post.excerpt = .{ .is_some = true, .val = beginning(bytes(post.content), 160) };
    answer.* = post.*;
    return true;
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_created(post: *PostOutput) void {
    defer world.raisfast_plugin_wit_types_post_output_free(post);
    const text = std.fmt.allocPrint(allocator, "published: {s}", .{bytes(post.slug)}) catch @panic("out of memory");
    defer allocator.free(text);

    // What a function of the host is given stays the plugin's.
    var level = asString("info");
    var message = asString(text);
    world.raisfast_plugin_wit_host_api_log(&level, &message);
}
