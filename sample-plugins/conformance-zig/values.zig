//! Values and fields of the interface `database`, as the cases write them.

const std = @import("std");
const contract = @import("contract.zig");
const calls = @import("calls.zig");

const world = contract.world;
const Allocator = std.mem.Allocator;
const Text = std.ArrayList(u8);

const Value = world.raisfast_plugin_wit_database_value_t;
const OptionValue = world.raisfast_plugin_wit_database_option_value_t;
const Field = world.raisfast_plugin_wit_database_field_t;
const Row = world.raisfast_plugin_wit_database_row_t;

/// The value's cases, in the order of their numbers.
const Case = enum(u8) { null, boolean, integer, float, decimal, text, bytes };

/// A value that is written as `case:content`.
pub fn parse(arena: Allocator, written: []const u8) !Value {
    const name, const content = std.mem.cut(u8, written, ":") orelse return error.NoCase;
    const case = std.meta.stringToEnum(Case, name) orelse return error.NoSuchCase;
    return .{
        .tag = @backingInt(case),
        .val = switch (case) {
            .null => .{ .boolean = false },
            .boolean => .{ .boolean = std.mem.eql(u8, content, "true") },
            .integer => .{ .integer = try std.fmt.parseInt(i64, content, 10) },
            .float => .{ .float_ = @bitCast(try std.fmt.parseInt(u64, content, 16)) },
            .decimal => .{ .decimal = contract.lent(content) },
            .text => .{ .text = contract.lent(content) },
            .bytes => .{ .bytes = try parseBytes(arena, content) },
        },
    };
}

fn parseBytes(arena: Allocator, digits: []const u8) !world.plugin_world_list_u8_t {
    const bytes = try std.fmt.hexToBytes(try arena.alloc(u8, digits.len / 2), digits);
    return contract.list(world.plugin_world_list_u8_t, bytes);
}

pub fn parseOptional(arena: Allocator, written: []const u8) !OptionValue {
    if (written.len == 0) return .{};
    return .{ .is_some = true, .val = try parse(arena, written) };
}

/// Names and values in turn.
pub fn parseFields(arena: Allocator, texts: []const []const u8) !Row {
    const fields = try arena.alloc(Field, texts.len / 2);
    for (fields, 0..) |*field, i| {
        field.* = .{ .name = contract.lent(texts[2 * i]), .value = try parse(arena, texts[2 * i + 1]) };
    }
    return contract.list(Row, fields);
}

pub fn add(arena: Allocator, text: *Text, value: Value) !void {
    const case: Case = @fromBackingInt(@intCast(value.tag));
    try text.print(arena, "{s}:", .{@tagName(case)});
    switch (case) {
        .null => {},
        .boolean => try text.print(arena, "{}", .{value.val.boolean}),
        .integer => try text.print(arena, "{d}", .{value.val.integer}),
        .float => try text.print(arena, "{x:0>16}", .{@as(u64, @bitCast(value.val.float_))}),
        .decimal => try text.appendSlice(arena, contract.bytes(value.val.decimal)),
        .text => try text.appendSlice(arena, contract.bytes(value.val.text)),
        .bytes => {
            const bytes = value.val.bytes;
            try text.print(arena, "{x}", .{contract.bytes(.{ .ptr = bytes.ptr, .len = bytes.len })});
        },
    }
}

pub fn addRow(arena: Allocator, text: *Text, row: Row) !void {
    for (0..row.len) |i| {
        if (i > 0) try text.appendSlice(arena, calls.separator);
        try text.appendSlice(arena, contract.bytes(row.ptr[i].name));
        try text.appendSlice(arena, calls.separator);
        try add(arena, text, row.ptr[i].value);
    }
}
