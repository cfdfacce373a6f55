//! The interface `http`.

const std = @import("std");
const contract = @import("contract.zig");
const calls = @import("calls.zig");

const world = contract.world;
const Header = world.plugin_world_tuple2_string_string_t;

// The cases of the contract, in the order of their numbers.
const methods = [_][]const u8{ "get", "head", "post", "put", "patch", "delete" };
const errors = [_][]const u8{
    "denied", "invalid", "address", "limit", "too-large", "redirect", "timeout", "connection",
};

pub fn send(call: calls.Call) !calls.Answer {
    var request = try parseRequest(call);
    var response: world.raisfast_plugin_wit_http_response_t = undefined;
    var failure: world.raisfast_plugin_wit_http_error_t = undefined;
    if (!world.raisfast_plugin_wit_http_send(&request, &response, &failure)) {
        // Every case has a message, and all lie at one place.
        return call.fail(errors[failure.tag], failure.val.denied);
    }
    defer world.raisfast_plugin_wit_http_response_free(&response);
    return writtenResponse(call, response);
}

fn parseRequest(call: calls.Call) !world.raisfast_plugin_wit_http_request_t {
    const texts = call.from(4);
    const headers = try call.arena.alloc(Header, texts.len / 2);
    for (headers, 0..) |*header, i| {
        header.* = .{ .f0 = contract.lent(texts[2 * i]), .f1 = contract.lent(texts[2 * i + 1]) };
    }
    return .{
        .method = for (methods, 0..) |name, number| {
            if (std.mem.eql(u8, name, call.text(0))) break @intCast(number);
        } else return error.NoSuchMethod,
        .url = contract.lent(call.text(1)),
        .headers = contract.list(world.plugin_world_list_tuple2_string_string_t, headers),
        .body = contract.list(world.plugin_world_list_u8_t, @constCast(call.text(3))),
        .timeout_ms = if (call.text(2).len == 0) .{} else .{
            .is_some = true,
            .val = try std.fmt.parseInt(u32, call.text(2), 10),
        },
    };
}

fn writtenResponse(call: calls.Call, response: world.raisfast_plugin_wit_http_response_t) !calls.Answer {
    var text: std.ArrayList(u8) = .empty;
    const body = contract.bytes(.{ .ptr = response.body.ptr, .len = response.body.len });
    try text.print(call.arena, "{d}" ++ calls.separator ++ "{s}", .{ response.status, body });
    for (0..response.headers.len) |i| {
        for ([_]contract.String{ response.headers.ptr[i].f0, response.headers.ptr[i].f1 }) |part| {
            try text.appendSlice(call.arena, calls.separator);
            try text.appendSlice(call.arena, contract.bytes(part));
        }
    }
    return .{ .value = text.items };
}
