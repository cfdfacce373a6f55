//! The conformance plugin, `tests/conformance/SPECIFICATION.md`, in Zig: its hooks.
//!
//! A hook owns what it is given: it frees that, or moves it into its answer.

const std = @import("std");
const contract = @import("contract.zig");
const calls = @import("calls.zig");
const lines = @import("lines.zig");

const world = contract.world;
const String = contract.String;
const bytes = contract.bytes;

// Filters: an answer of `false` keeps the value.

fn isNone(string: String) bool {
    return std.mem.eql(u8, bytes(string), "none");
}

/// Puts the hook's name before a text.
fn mark(hook: []const u8, string: *String) void {
    const marked = contract.given("{s}: {s}", .{ hook, bytes(string.*) });
    contract.free(string);
    string.* = marked;
}

fn filterPost(hook: []const u8, post: *contract.PostInput, answer: *contract.PostInput) bool {
    if (isNone(post.title)) {
        world.raisfast_plugin_wit_types_post_input_free(post);
        return false;
    }
    answer.* = post.*;
    mark(hook, &answer.title);
    const tag_ids = &answer.tag_ids;
    if (tag_ids.is_some and tag_ids.val.len > 0) {
        std.mem.reverse(String, tag_ids.val.ptr[0..tag_ids.val.len]);
    }
    return true;
}

fn filterContent(hook: []const u8, event: *contract.ContentEvent, answer: *contract.ContentEvent) bool {
    if (isNone(event.data)) {
        world.raisfast_plugin_wit_types_content_event_free(event);
        return false;
    }
    answer.* = event.*;
    answer.data = contract.given("{{\"{s}\":{s}}}", .{ hook, bytes(event.data) });
    contract.free(&event.data);
    return true;
}

fn filterText(hook: []const u8, text: *String, answer: *String) bool {
    if (isNone(text.*)) {
        contract.free(text);
        return false;
    }
    answer.* = text.*;
    mark(hook, answer);
    return true;
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_creating(post: *contract.PostInput, answer: *contract.PostInput) bool {
    return filterPost("on-post-creating", post, answer);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_updating(post: *contract.PostInput, answer: *contract.PostInput) bool {
    return filterPost("on-post-updating", post, answer);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_comment_creating(comment: *contract.CommentInput, answer: *contract.CommentInput) bool {
    if (isNone(comment.content)) {
        world.raisfast_plugin_wit_types_comment_input_free(comment);
        return false;
    }
    answer.* = comment.*;
    mark("on-comment-creating", &answer.content);
    return true;
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_creating(event: *contract.ContentEvent, answer: *contract.ContentEvent) bool {
    if (std.mem.eql(u8, bytes(event.content_type), "call")) {
        const function = if (event.id.is_some) bytes(event.id.val) else "";
        answer.* = calls.callHost(function, bytes(event.data));
        world.raisfast_plugin_wit_types_content_event_free(event);
        return true;
    }
    return filterContent("on-content-creating", event, answer);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_updating(event: *contract.ContentEvent, answer: *contract.ContentEvent) bool {
    return filterContent("on-content-updating", event, answer);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_render_markdown(text: *String, answer: *String) bool {
    return filterText("render-markdown", text, answer);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_filter_html(text: *String, answer: *String) bool {
    return filterText("filter-html", text, answer);
}

// Actions: what they were given goes into a file.

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_created(post: *contract.PostOutput) void {
    defer world.raisfast_plugin_wit_types_post_output_free(post);
    var file: lines.File = .begin();
    file.addRecord(post.*);
    file.addDelivery();
    file.write("on-post-created.txt");
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_updated(post: *contract.PostOutput) void {
    defer world.raisfast_plugin_wit_types_post_output_free(post);
    writeRecord("on-post-updated.txt", post.*);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_post_deleted(id: *String) void {
    defer contract.free(id);
    writeRecord("on-post-deleted.txt", .{ .id = id.* });
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_comment_created(comment: *contract.CommentInput) void {
    defer world.raisfast_plugin_wit_types_comment_input_free(comment);
    writeRecord("on-comment-created.txt", comment.*);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_created(event: *contract.ContentEvent) void {
    defer world.raisfast_plugin_wit_types_content_event_free(event);
    writeRecord("on-content-created.txt", event.*);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_updated(event: *contract.ContentEvent) void {
    defer world.raisfast_plugin_wit_types_content_event_free(event);
    writeRecord("on-content-updated.txt", event.*);
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_content_deleted(content_type: *String, id: *String) void {
    defer contract.free(content_type);
    defer contract.free(id);
    writeRecord("on-content-deleted.txt", .{ .content_type = content_type.*, .id = id.* });
}

export fn exports_raisfast_plugin_wit_views_on_content_viewed(content_type: *String, id: *String) void {
    defer contract.free(content_type);
    defer contract.free(id);
    writeRecord("on-content-viewed.txt", .{ .content_type = content_type.*, .id = id.* });
}

export fn exports_raisfast_plugin_wit_plugin_hooks_on_login(user_id: *String) void {
    defer contract.free(user_id);
    writeRecord("on-login.txt", .{ .user_id = user_id.* });
}

/// An optional parameter is a pointer that may be null.
export fn exports_raisfast_plugin_wit_plugin_hooks_on_cron_tick(payload: ?*String) void {
    defer if (payload) |string| contract.free(string);
    const value: contract.OptionString = if (payload) |string| .{ .is_some = true, .val = string.* } else .{};
    writeRecord("on-cron-tick.txt", .{ .payload = value });
}

fn writeRecord(path: []const u8, record: anytype) void {
    var file: lines.File = .begin();
    file.addRecord(record);
    file.write(path);
}
