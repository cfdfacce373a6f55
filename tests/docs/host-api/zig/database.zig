//! The interface `database`.

const std = @import("std");
const contract = @import("contract.zig");

const String = contract.String;
const bytes = contract.bytes;
const free = contract.free;
const log = contract.log;
const text = contract.text;
const world = contract.world;

// ANCHOR: imports
const Condition = world.raisfast_plugin_wit_database_condition_t;
const Error = world.raisfast_plugin_wit_database_error_t;
const Field = world.raisfast_plugin_wit_database_field_t;
const Filter = world.raisfast_plugin_wit_database_filter_t;
const Order = world.raisfast_plugin_wit_database_order_t;
const Row = world.raisfast_plugin_wit_database_row_t;
const Rows = world.raisfast_plugin_wit_database_list_row_t;
const Value = world.raisfast_plugin_wit_database_value_t;

const equal = world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL;
const not_equal = world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_NOT_EQUAL;
const less = world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_LESS;
const greater = world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_GREATER;
const greater_or_equal = world.RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_GREATER_OR_EQUAL;

// What a request is made of stays the plugin's here, so that only answers are freed.

const null_value: Value = .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_NULL };

fn textValue(content: []const u8) Value {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT,
        .val = .{ .text = text(content) },
    };
}

fn integerValue(number: i64) Value {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER,
        .val = .{ .integer = number },
    };
}

fn field(name: []const u8, value: Value) Field {
    return .{ .name = text(name), .value = value };
}

fn compare(column: []const u8, operator: u8, value: Value) Condition {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_COMPARE,
        .val = .{ .compare = .{ .column = text(column), .operator_ = operator, .value = value } },
    };
}

/// Every one, or one, of the last `count` conditions before it.
fn all(count: u32) Condition {
    return .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_AND, .val = .{ .and_ = count } };
}

fn one(count: u32) Condition {
    return .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_OR, .val = .{ .or_ = count } };
}

const every_row: Filter = .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL };

/// The conditions stand in postfix order: `all`, `one` and `not` follow what they join.
fn rowsWhere(conditions: []Condition) Filter {
    return .{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_FILTER_MATCHING,
        .val = .{ .matching = .{ .ptr = conditions.ptr, .len = conditions.len } },
    };
}

/// The value of a column that the row has.
fn get(row: Row, column: []const u8) !Value {
    for (row.ptr[0..row.len]) |its| {
        if (std.mem.eql(u8, bytes(its.name), column)) return its.value;
    }
    return error.NoSuchColumn;
}

/// Every case of the error has a message, and all lie at one place.
fn refused(failure: *Error) error{Refused} {
    defer world.raisfast_plugin_wit_database_error_free(failure);
    log("error", "{s}", .{bytes(failure.val.denied)});
    return error.Refused;
}
// ANCHOR_END: imports

// ANCHOR: insert
fn exampleInsert() anyerror!void {
    var id: String = .{};
    world.raisfast_plugin_wit_identifiers_new_id(&id);
    defer free(&id);
    var now: String = .{};
    world.raisfast_plugin_wit_clock_now(&now);
    defer free(&now);
    var fields = [_]Field{
        field("id", textValue(bytes(id))),
        field("customer", textValue("ada")),
        field("state", textValue("open")),
        field("total", integerValue(25)),
        field("note", null_value),
        field("created_at", textValue(bytes(now))),
    };
    var table = text("shop_orders");
    var row: Row = .{ .ptr = &fields, .len = fields.len };
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_insert(&table, &row, &failure)) {
        return refused(&failure);
    }
}
// ANCHOR_END: insert

// ANCHOR: fetch-one
fn exampleFetchOne() anyerror!void {
    var is_first = [_]Condition{compare("id", equal, textValue("order-1"))};
    var query: world.raisfast_plugin_wit_database_query_t = .{
        .table = text("shop_orders"),
        .filter = rowsWhere(&is_first),
    };
    var order: world.raisfast_plugin_wit_database_option_row_t = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_fetch_one(&query, &order, &failure)) {
        return refused(&failure);
    }
    if (!order.is_some) return;
    defer world.raisfast_plugin_wit_database_row_free(&order.val);
    const total = try get(order.val, "total");
    const note = try get(order.val, "note");
    const has_note = note.tag == world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT;
    log("info", "{d} {s}", .{ total.val.integer, if (has_note) bytes(note.val.text) else "" });
}
// ANCHOR_END: fetch-one

// ANCHOR: fetch-all
fn exampleFetchAll() anyerror!void {
    var conditions = [_]Condition{
        compare("state", equal, textValue("open")),
        compare("total", greater, integerValue(10)),
        all(2),
    };
    var order = [_]Order{
        .{
            .column = text("created_at"),
            .direction = world.RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING,
        },
        .{
            .column = text("id"),
            .direction = world.RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_ASCENDING,
        },
    };
    var query: world.raisfast_plugin_wit_database_query_t = .{
        .table = text("shop_orders"),
        .filter = rowsWhere(&conditions),
        .order = .{ .ptr = &order, .len = order.len },
        .limit = .{ .is_some = true, .val = 20 },
    };
    var rows: Rows = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_fetch_all(&query, &rows, &failure)) {
        return refused(&failure);
    }
    defer world.raisfast_plugin_wit_database_list_row_free(&rows);
    for (0..rows.len) |i| {
        const id = try get(rows.ptr[i], "id");
        log("info", "{s}", .{bytes(id.val.text)});
    }
}
// ANCHOR_END: fetch-all

// ANCHOR: update
fn exampleUpdate() anyerror!void {
    var states = [_]Value{ textValue("open"), textValue("paid") };
    var conditions = [_]Condition{
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IN,
            .val = .{ .in = .{
                .column = text("state"),
                .values = .{ .ptr = &states, .len = states.len },
            } },
        },
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IS_NULL,
            .val = .{ .is_null = text("note") },
        },
        .{ .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_NOT },
        all(2),
    };
    var table = text("shop_orders");
    var have_note = rowsWhere(&conditions);
    var state = [_]Field{field("state", textValue("closed"))};
    var set: Row = .{ .ptr = &state, .len = 1 };
    var closed: u64 = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_update(&table, &have_note, &set, &closed, &failure)) {
        return refused(&failure);
    }
    log("info", "{d} closed", .{closed});

    var every = every_row;
    var note = [_]Field{field("note", null_value)};
    set = .{ .ptr = &note, .len = 1 };
    var changed: u64 = undefined;
    if (!world.raisfast_plugin_wit_database_update(&table, &every, &set, &changed, &failure)) {
        return refused(&failure);
    }
}
// ANCHOR_END: update

// ANCHOR: delete
fn exampleDelete() anyerror!void {
    var conditions = [_]Condition{
        compare("created_at", less, textValue("2026-01-01")),
        .{
            .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_LIKE,
            .val = .{ .like = .{ .column = text("id"), .pattern = text("test-%") } },
        },
        one(2),
    };
    var table = text("shop_orders");
    var old_or_test = rowsWhere(&conditions);
    var deleted: u64 = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_delete(&table, &old_or_test, &deleted, &failure)) {
        return refused(&failure);
    }
    log("info", "{d} deleted", .{deleted});
}
// ANCHOR_END: delete

// ANCHOR: count
fn exampleCount() anyerror!void {
    var table = text("shop_orders");
    var every = every_row;
    var orders: u64 = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_count(&table, &every, &orders, &failure)) {
        return refused(&failure);
    }
    var from_1_to_9 = [_]Condition{.{
        .tag = world.RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_BETWEEN,
        .val = .{ .between = .{
            .column = text("total"),
            .low = integerValue(1),
            .high = integerValue(9),
        } },
    }};
    var are_small = rowsWhere(&from_1_to_9);
    var small: u64 = undefined;
    if (!world.raisfast_plugin_wit_database_count(&table, &are_small, &small, &failure)) {
        return refused(&failure);
    }
    log("info", "{d} of {d} are small", .{ small, orders });
}
// ANCHOR_END: count

// ANCHOR: increment
fn exampleIncrement() anyerror!void {
    var now: String = .{};
    world.raisfast_plugin_wit_clock_now(&now);
    defer free(&now);
    var is_mug = [_]Condition{compare("id", equal, textValue("mug"))};
    var sold_at = [_]Field{field("sold_at", textValue(bytes(now)))};
    var addition: world.raisfast_plugin_wit_database_addition_t = .{
        .table = text("shop_products"),
        .filter = rowsWhere(&is_mug),
        .column = text("stock"),
        .by = integerValue(-1),
        .bounds = .{ .min = .{ .is_some = true, .val = integerValue(0) } },
        .set = .{ .ptr = &sold_at, .len = 1 },
    };
    var sold: u64 = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_increment(&addition, &sold, &failure)) {
        return refused(&failure);
    }
    log("info", "{s}", .{if (sold == 1) "sold" else "sold out"});
}
// ANCHOR_END: increment

// ANCHOR: sum
fn exampleSum() anyerror!void {
    var is_not_open = [_]Condition{compare("state", not_equal, textValue("open"))};
    var table = text("shop_orders");
    var column = text("total");
    var not_open = rowsWhere(&is_not_open);
    var revenue: Value = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_sum(&table, &column, &not_open, &revenue, &failure)) {
        return refused(&failure);
    }
    defer world.raisfast_plugin_wit_database_value_free(&revenue);
    if (revenue.tag == world.RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER) {
        log("info", "{d} earned", .{revenue.val.integer});
    }
}
// ANCHOR_END: sum

// ANCHOR: group-by
fn exampleGroupBy() anyerror!void {
    var is_not_void = [_]Condition{compare("state", not_equal, textValue("void"))};
    var has_two = [_]Condition{compare("orders", greater_or_equal, integerValue(2))};
    var columns = [_]String{text("customer")};
    var sums = [_]world.raisfast_plugin_wit_database_total_t{
        .{ .column = text("total"), .name = text("revenue") },
    };
    var best_first = [_]Order{.{
        .column = text("revenue"),
        .direction = world.RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING,
    }};
    var grouping: world.raisfast_plugin_wit_database_grouping_t = .{
        .table = text("shop_orders"),
        .columns = .{ .ptr = &columns, .len = columns.len },
        .filter = rowsWhere(&is_not_void),
        .count = .{ .is_some = true, .val = text("orders") },
        .sums = .{ .ptr = &sums, .len = sums.len },
        .having = rowsWhere(&has_two),
        .order = .{ .ptr = &best_first, .len = best_first.len },
        .limit = .{ .is_some = true, .val = 10 },
    };
    var customers: Rows = undefined;
    var failure: Error = undefined;
    if (!world.raisfast_plugin_wit_database_group_by(&grouping, &customers, &failure)) {
        return refused(&failure);
    }
    defer world.raisfast_plugin_wit_database_list_row_free(&customers);
    for (0..customers.len) |i| {
        const customer = try get(customers.ptr[i], "customer");
        const revenue = try get(customers.ptr[i], "revenue");
        log("info", "{s}: {d}", .{ bytes(customer.val.text), revenue.val.integer });
    }
}
// ANCHOR_END: group-by

// ANCHOR: placeholder
fn examplePlaceholder() anyerror!void {
    var placeholder: String = .{};
    world.raisfast_plugin_wit_database_placeholder(1, &placeholder);
    defer free(&placeholder);
    var buffer: [128]u8 = undefined;
    const format = "SELECT title FROM posts WHERE slug = {s}";
    var sql = text(try std.fmt.bufPrint(&buffer, format, .{bytes(placeholder)}));
    var params = text("[\"hello-world\"]");
    var rows: String = .{};
    world.raisfast_plugin_wit_host_api_db_query(&sql, &params, &rows);
    defer free(&rows);
    log("info", "{s}", .{bytes(rows)});
}
// ANCHOR_END: placeholder

pub const examples = std.StaticStringMap(*const fn () anyerror!void).initComptime(.{
    .{ "insert", exampleInsert },
    .{ "fetch-one", exampleFetchOne },
    .{ "fetch-all", exampleFetchAll },
    .{ "update", exampleUpdate },
    .{ "delete", exampleDelete },
    .{ "count", exampleCount },
    .{ "increment", exampleIncrement },
    .{ "sum", exampleSum },
    .{ "group-by", exampleGroupBy },
    .{ "placeholder", examplePlaceholder },
});
