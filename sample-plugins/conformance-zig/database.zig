//! The interface `database`. What a request is made of lives as long as its call.

const std = @import("std");
const contract = @import("contract.zig");
const calls = @import("calls.zig");
const values = @import("values.zig");

const world = contract.world;
const lent = contract.lent;
const Call = calls.Call;
const Answer = calls.Answer;

const Condition = world.raisfast_plugin_wit_database_condition_t;
const Error = world.raisfast_plugin_wit_database_error_t;
const Filter = world.raisfast_plugin_wit_database_filter_t;
const Order = world.raisfast_plugin_wit_database_order_t;
const Query = world.raisfast_plugin_wit_database_query_t;
const Row = world.raisfast_plugin_wit_database_row_t;
const Rows = world.raisfast_plugin_wit_database_list_row_t;
const Total = world.raisfast_plugin_wit_database_total_t;
const Value = world.raisfast_plugin_wit_database_value_t;

const row_separator = "\x1E";

pub fn insert(call: Call) !Answer {
    var row = try values.parseFields(call.arena, call.from(1));
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_insert(try call.lend(call.text(0)), &row, &failure)) {
        return fail(call, failure);
    }
    return .nothing;
}

pub fn fetchOne(call: Call) !Answer {
    var query = try parseQuery(call);
    var found: world.raisfast_plugin_wit_database_option_row_t = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_fetch_one(&query, &found, &failure)) return fail(call, failure);
    if (!found.is_some) return .none;
    defer world.raisfast_plugin_wit_database_row_free(&found.val);
    var text: std.ArrayList(u8) = .empty;
    try values.addRow(call.arena, &text, found.val);
    return .{ .value = text.items };
}

pub fn fetchAll(call: Call) !Answer {
    var query = try parseQuery(call);
    var rows: Rows = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_fetch_all(&query, &rows, &failure)) return fail(call, failure);
    return writtenRows(call, rows);
}

pub fn update(call: Call) !Answer {
    var filter = try parseFilter(call, 1);
    var set = try values.parseFields(call.arena, call.from(2));
    var number: u64 = undefined;
    var failure: Error = undefined;
    const table = try call.lend(call.text(0));
    if (!world.raisfast_plugin_wit_database_update(table, &filter, &set, &number, &failure)) return fail(call, failure);
    return call.print("{d}", .{number});
}

pub fn delete(call: Call) !Answer {
    return numberOfRows(call, world.raisfast_plugin_wit_database_delete);
}

pub fn count(call: Call) !Answer {
    return numberOfRows(call, world.raisfast_plugin_wit_database_count);
}

fn numberOfRows(call: Call, function: anytype) !Answer {
    var filter = try parseFilter(call, 1);
    var number: u64 = undefined;
    var failure: Error = undefined;
    if (!function(try call.lend(call.text(0)), &filter, &number, &failure)) return fail(call, failure);
    return call.print("{d}", .{number});
}

pub fn increment(call: Call) !Answer {
    var addition: world.raisfast_plugin_wit_database_addition_t = .{
        .table = lent(call.text(0)),
        .filter = try parseFilter(call, 1),
        .column = lent(call.text(2)),
        .by = try values.parse(call.arena, call.text(3)),
        .bounds = .{
            .min = try values.parseOptional(call.arena, call.text(4)),
            .max = try values.parseOptional(call.arena, call.text(5)),
        },
        .set = try values.parseFields(call.arena, call.from(6)),
    };
    var number: u64 = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_increment(&addition, &number, &failure)) return fail(call, failure);
    return call.print("{d}", .{number});
}

pub fn sum(call: Call) !Answer {
    const table = try call.lend(call.text(0));
    const column = try call.lend(call.text(1));
    var filter = try parseFilter(call, 2);
    var total: Value = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_sum(table, column, &filter, &total, &failure)) return fail(call, failure);
    defer world.raisfast_plugin_wit_database_value_free(&total);
    var text: std.ArrayList(u8) = .empty;
    try values.add(call.arena, &text, total);
    return .{ .value = text.items };
}

pub fn groupBy(call: Call) !Answer {
    var columns = [_]contract.String{lent("flag")};
    var sums = [_]Total{.{ .column = lent("whole"), .name = lent("total") }};
    var order = [_]Order{.{
        .column = lent("rows"),
        .direction = world.RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING,
    }};
    var grouping: world.raisfast_plugin_wit_database_grouping_t = .{
        .table = lent(call.text(0)),
        .columns = .{ .ptr = &columns, .len = columns.len },
        .filter = try parseFilter(call, 1),
        .count = .{ .is_some = true, .val = lent("rows") },
        .sums = .{ .ptr = &sums, .len = sums.len },
        .having = .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL },
        .order = .{ .ptr = &order, .len = order.len },
    };
    var groups: Rows = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_group_by(&grouping, &groups, &failure)) return fail(call, failure);
    return writtenRows(call, groups);
}

pub fn placeholder(call: Call) !Answer {
    var answer: contract.String = .{};
    world.raisfast_plugin_wit_database_placeholder(try std.fmt.parseInt(u32, call.text(0), 10), &answer);
    return call.take(answer);
}

/// Every case has a message, and all lie at one place.
fn fail(call: Call, failure: Error) !Answer {
    const cases = [_][]const u8{
        "denied", "invalid", "constraint", "busy", "limit", "database", "internal",
    };
    return call.fail(cases[failure.tag], failure.val.denied);
}

/// Frees the rows.
fn writtenRows(call: Call, rows: Rows) !Answer {
    var taken = rows;
    defer world.raisfast_plugin_wit_database_list_row_free(&taken);
    var text: std.ArrayList(u8) = .empty;
    for (0..rows.len) |i| {
        if (i > 0) try text.appendSlice(call.arena, row_separator);
        try values.addRow(call.arena, &text, rows.ptr[i]);
    }
    return .{ .value = text.items };
}

fn parseQuery(call: Call) !Query {
    const columns = try call.arena.alloc(contract.String, call.from(4).len);
    for (columns, call.from(4)) |*column, name| column.* = lent(name);
    const order = try call.arena.create(Order);
    order.* = .{
        .column = lent("name"),
        .direction = world.RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_ASCENDING,
    };
    return .{
        .table = lent(call.text(0)),
        .columns = contract.list(world.plugin_world_list_string_t, columns),
        .filter = try parseFilter(call, 1),
        .order = .{ .ptr = order, .len = 1 },
        .limit = if (call.text(2).len == 0) .{} else .{
            .is_some = true,
            .val = try std.fmt.parseInt(u64, call.text(2), 10),
        },
        .offset = try std.fmt.parseInt(u64, call.text(3), 10),
    };
}

fn parseFilter(call: Call, index: usize) !Filter {
    const name = call.text(index);
    if (std.mem.eql(u8, name, "all")) return .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL };
    if (!std.mem.eql(u8, name, "chosen")) return error.NoSuchFilter;
    const conditions = try chosen(call.arena);
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_FILTER_MATCHING,
        .val = .{ .matching = .{ .ptr = conditions.ptr, .len = conditions.len } },
    };
}

fn textValue(text: []const u8) Value {
    return .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT, .val = .{ .text = lent(text) } };
}

fn integerValue(integer: i64) Value {
    return .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER, .val = .{ .integer = integer } };
}

fn compare(column: []const u8, operator: u8, value: Value) Condition {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_COMPARE,
        .val = .{ .compare = .{ .column = lent(column), .operator_ = operator, .value = value } },
    };
}

fn isNull(column: []const u8) Condition {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IS_NULL,
        .val = .{ .is_null = lent(column) },
    };
}

/// The filter `chosen`: a condition of every kind, in postfix order.
fn chosen(arena: std.mem.Allocator) ![]Condition {
    const names = try arena.dupe(Value, &.{ textValue("first"), textValue("second") });
    return arena.dupe(Condition, &.{
        compare("name", world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_NOT_EQUAL, textValue("left-out")),
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IN,
            .val = .{ .in = .{ .column = lent("name"), .values = .{ .ptr = names.ptr, .len = names.len } } },
        },
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_LIKE,
            .val = .{ .like = .{ .column = lent("name"), .pattern = lent("%s%") } },
        },
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_BETWEEN,
            .val = .{ .between = .{
                .column = lent("whole"),
                .low = integerValue(std.math.minInt(i64)),
                .high = integerValue(std.math.maxInt(i64)),
            } },
        },
        isNull("nothing"),
        isNull("name"),
        .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_NOT },
        .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_AND, .val = .{ .and_ = 6 } },
        compare("name", world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL, textValue("third")),
        .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_OR, .val = .{ .or_ = 2 } },
    });
}
