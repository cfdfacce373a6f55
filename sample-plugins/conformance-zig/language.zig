//! The cases of Zig alone: its library, over WASI.

const std = @import("std");
const calls = @import("calls.zig");

pub fn fail(_: calls.Call) !calls.Answer {
    @panic("asked to fail");
}

pub fn print(call: calls.Call) !calls.Answer {
    return writeLine(call, std.posix.STDOUT_FILENO);
}

pub fn printError(call: calls.Call) !calls.Answer {
    return writeLine(call, std.posix.STDERR_FILENO);
}

fn writeLine(call: calls.Call, file: std.posix.fd_t) !calls.Answer {
    const line = try std.mem.concat(call.arena, u8, &.{ call.text(0), "\n" });
    if (std.c.write(file, line.ptr, line.len) != line.len) return error.NotWritten;
    return .nothing;
}

pub fn clock(call: calls.Call) !calls.Answer {
    var now: std.c.timespec = undefined;
    if (std.c.clock_gettime(.REALTIME, &now) != 0) return error.NoClock;
    const seconds: i64 = now.sec;
    return call.print("{d}", .{seconds * 1000 + @divFloor(now.nsec, 1_000_000)});
}

var generator: ?std.Random.DefaultPrng = null;

pub fn number(call: calls.Call) !calls.Answer {
    if (generator == null) {
        var seed: [8]u8 = undefined;
        if (std.os.wasi.random_get(&seed, seed.len) != .SUCCESS) return error.NoRandomness;
        generator = .init(std.mem.readInt(u64, &seed, .little));
    }
    return call.print("{d}", .{generator.?.next()});
}

pub fn random(call: calls.Call) !calls.Answer {
    var bytes: [16]u8 = undefined;
    if (std.os.wasi.random_get(&bytes, bytes.len) != .SUCCESS) return error.NoRandomness;
    return call.print("{x}", .{&bytes});
}
