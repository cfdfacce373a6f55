//! Call one function of the host, as a case asks for it, and describe its answer.

const std = @import("std");
const contract = @import("contract.zig");
const database = @import("database.zig");
const http = @import("http.zig");
const language = @import("language.zig");

const world = contract.world;
const String = contract.String;

pub const separator = "\x1F";

/// The answer of a host function.
pub const Answer = union(enum) {
    nothing,
    none,
    value: []const u8,
    @"error": []const u8,

    /// The same, where the host will own it.
    fn event(answer: Answer) contract.ContentEvent {
        const text: []const u8 = switch (answer) {
            .nothing, .none => "",
            .value, .@"error" => |text| text,
        };
        return .{
            .content_type = contract.given("{s}", .{@tagName(answer)}),
            .data = contract.given("{s}", .{text}),
        };
    }
};

/// A call while it runs: what it allocates lives as long as it does.
pub const Call = struct {
    arena: std.mem.Allocator,
    arguments: []const []const u8,

    /// An argument; empty where it is missing.
    pub fn text(call: Call, index: usize) []const u8 {
        return if (index < call.arguments.len) call.arguments[index] else "";
    }

    /// The arguments from this one on.
    pub fn from(call: Call, index: usize) []const []const u8 {
        return call.arguments[@min(index, call.arguments.len)..];
    }

    /// A text as the host wants it.
    pub fn lend(call: Call, lent: []const u8) !*String {
        const string = try call.arena.create(String);
        string.* = contract.lent(lent);
        return string;
    }

    /// An argument as the host wants it; null where it is missing.
    fn lendOptional(call: Call, index: usize) !?*String {
        return if (index < call.arguments.len) try call.lend(call.text(index)) else null;
    }

    /// A string of the host's as an answer.
    pub fn take(call: Call, string: String) !Answer {
        var taken = string;
        defer contract.free(&taken);
        return .{ .value = try call.arena.dupe(u8, contract.bytes(taken)) };
    }

    pub fn print(call: Call, comptime format: []const u8, arguments: anytype) !Answer {
        return .{ .value = try std.fmt.allocPrint(call.arena, format, arguments) };
    }

    /// An error of the host's as an answer.
    pub fn fail(call: Call, case: []const u8, message: String) !Answer {
        var taken = message;
        defer contract.free(&taken);
        return .{ .@"error" = try std.fmt.allocPrint(call.arena, "{s}: {s}", .{ case, contract.bytes(taken) }) };
    }
};

const Function = *const fn (Call) anyerror!Answer;

/// Calls the function with this name, and describes its answer as an event that the host will own.
pub fn callHost(name: []const u8, data: []const u8) contract.ContentEvent {
    var arena: std.heap.ArenaAllocator = .init(contract.allocator);
    defer arena.deinit();
    const function = functions.get(name) orelse @panic("the contract has no such function");
    const answer = run(function, arena.allocator(), data) catch |err| @panic(@errorName(err));
    return answer.event();
}

fn run(function: Function, arena: std.mem.Allocator, data: []const u8) !Answer {
    var arguments: std.ArrayList([]const u8) = .empty;
    var parts = std.mem.splitScalar(u8, data, separator[0]);
    while (parts.next()) |part| try arguments.append(arena, part);
    return function(.{ .arena = arena, .arguments = arguments.items });
}

const functions = std.StaticStringMap(Function).initComptime(.{
    .{ "host-api/log", log },
    .{ "host-api/get-config", optionOfOne(world.raisfast_plugin_wit_host_api_get_config) },
    .{ "host-api/http-get", optionOfOne(world.raisfast_plugin_wit_host_api_http_get) },
    .{ "host-api/http-post", httpPost },
    .{ "host-api/get-data", optionOfOne(world.raisfast_plugin_wit_host_api_get_data) },
    .{ "host-api/set-data", booleanOfTwo(world.raisfast_plugin_wit_host_api_set_data) },
    .{ "host-api/get-post", optionOfOne(world.raisfast_plugin_wit_host_api_get_post) },
    .{ "host-api/db-query", sql(world.raisfast_plugin_wit_host_api_db_query) },
    .{ "host-api/db-execute", sql(world.raisfast_plugin_wit_host_api_db_execute) },
    .{ "host-api/db-begin", textOfNone(world.raisfast_plugin_wit_host_api_db_begin) },
    .{ "host-api/db-commit", textOfNone(world.raisfast_plugin_wit_host_api_db_commit) },
    .{ "host-api/db-rollback", textOfNone(world.raisfast_plugin_wit_host_api_db_rollback) },
    .{ "host-api/vfs-read", optionOfOne(world.raisfast_plugin_wit_host_api_vfs_read) },
    .{ "host-api/vfs-write", booleanOfTwo(world.raisfast_plugin_wit_host_api_vfs_write) },
    .{ "host-api/vfs-delete", booleanOfOne(world.raisfast_plugin_wit_host_api_vfs_delete) },
    .{ "host-api/vfs-exists", booleanOfOne(world.raisfast_plugin_wit_host_api_vfs_exists) },
    .{ "host-api/vfs-list", optionOfOne(world.raisfast_plugin_wit_host_api_vfs_list) },
    .{ "host-api/vfs-stat", optionOfOne(world.raisfast_plugin_wit_host_api_vfs_stat) },
    .{ "host-api/emit-event", emitEvent },

    .{ "identifiers/new-id", textOfNone(world.raisfast_plugin_wit_identifiers_new_id) },
    .{ "clock/now", textOfNone(world.raisfast_plugin_wit_clock_now) },
    .{ "clock/unix-milliseconds", unixMilliseconds },
    .{ "deliveries/current", currentDelivery },
    .{ "refusals/refuse", refuse },
    .{ "http/send", http.send },

    .{ "database/insert", database.insert },
    .{ "database/fetch-one", database.fetchOne },
    .{ "database/fetch-all", database.fetchAll },
    .{ "database/update", database.update },
    .{ "database/delete", database.delete },
    .{ "database/count", database.count },
    .{ "database/increment", database.increment },
    .{ "database/sum", database.sum },
    .{ "database/group-by", database.groupBy },
    .{ "database/placeholder", database.placeholder },

    .{ "language/fail", language.fail },
    .{ "language/print", language.print },
    .{ "language/print-error", language.printError },
    .{ "language/clock", language.clock },
    .{ "language/random", language.random },
    .{ "language/number", language.number },
});

// The functions of the host have few shapes.

fn optionOfOne(comptime function: anytype) Function {
    return struct {
        fn run(call: Call) !Answer {
            var answer: String = .{};
            if (!function(try call.lend(call.text(0)), &answer)) return .none;
            return call.take(answer);
        }
    }.run;
}

fn booleanOfOne(comptime function: anytype) Function {
    return struct {
        fn run(call: Call) !Answer {
            return call.print("{}", .{function(try call.lend(call.text(0)))});
        }
    }.run;
}

fn booleanOfTwo(comptime function: anytype) Function {
    return struct {
        fn run(call: Call) !Answer {
            const done = function(try call.lend(call.text(0)), try call.lend(call.text(1)));
            return call.print("{}", .{done});
        }
    }.run;
}

fn textOfNone(comptime function: anytype) Function {
    return struct {
        fn run(call: Call) !Answer {
            var answer: String = .{};
            function(&answer);
            return call.take(answer);
        }
    }.run;
}

fn sql(comptime function: anytype) Function {
    return struct {
        fn run(call: Call) !Answer {
            var answer: String = .{};
            function(try call.lend(call.text(0)), try call.lendOptional(1), &answer);
            return call.take(answer);
        }
    }.run;
}

fn log(call: Call) !Answer {
    world.raisfast_plugin_wit_host_api_log(try call.lend(call.text(0)), try call.lend(call.text(1)));
    return .nothing;
}

fn httpPost(call: Call) !Answer {
    var body: String = .{};
    const url = try call.lend(call.text(0));
    if (!world.raisfast_plugin_wit_host_api_http_post(url, try call.lend(call.text(1)), &body)) return .none;
    return call.take(body);
}

fn emitEvent(call: Call) !Answer {
    var answer: String = .{};
    const event_type = try call.lend(call.text(0));
    world.raisfast_plugin_wit_host_api_emit_event(event_type, try call.lend(call.text(1)), &answer);
    return call.take(answer);
}

fn unixMilliseconds(call: Call) !Answer {
    return call.print("{d}", .{world.raisfast_plugin_wit_clock_unix_milliseconds()});
}

fn refuse(call: Call) !Answer {
    const message = try call.lend(call.text(0));
    world.raisfast_plugin_wit_refusals_refuse(try call.lendOptional(1), message);
    return .nothing;
}

fn currentDelivery(call: Call) !Answer {
    var delivery: world.raisfast_plugin_wit_deliveries_delivery_t = undefined;
    if (!world.raisfast_plugin_wit_deliveries_current(&delivery)) return .none;
    defer world.raisfast_plugin_wit_deliveries_delivery_free(&delivery);
    return call.print("{s}" ++ separator ++ "{d}" ++ separator ++ "{s}", .{
        contract.bytes(delivery.id),
        delivery.attempt,
        contract.bytes(delivery.created_at),
    });
}
