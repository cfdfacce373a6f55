//! The arguments of an action, one line per field, in a file of the plugin's own.

const std = @import("std");
const contract = @import("contract.zig");

const world = contract.world;
const Delivery = world.raisfast_plugin_wit_deliveries_delivery_t;

/// Begins with `begin`, ends with `write`.
pub const File = struct {
    text: std.ArrayList(u8),

    pub fn begin() File {
        return .{ .text = .empty };
    }

    /// A line for each field of a record, by the name that the contract gives it.
    pub fn addRecord(file: *File, record: anytype) void {
        inline for (comptime std.meta.fieldNames(@TypeOf(record))) |name| {
            file.addField(comptime inContract(name), @field(record, name));
        }
    }

    pub fn addDelivery(file: *File) void {
        var delivery: Delivery = undefined;
        if (!world.raisfast_plugin_wit_deliveries_current(&delivery)) {
            return file.add("delivery\n", .{});
        }
        defer world.raisfast_plugin_wit_deliveries_delivery_free(&delivery);
        file.addField("delivery-id", delivery.id);
        file.addField("delivery-attempt", delivery.attempt);
        file.addField("delivery-created-at", delivery.created_at);
    }

    pub fn write(file: *File, path: []const u8) void {
        var where = contract.lent(path);
        var content = contract.lent(file.text.items);
        _ = world.raisfast_plugin_wit_host_api_vfs_write(&where, &content);
        file.text.deinit(contract.allocator);
    }

    fn addField(file: *File, name: []const u8, value: anytype) void {
        switch (@TypeOf(value)) {
            contract.String => file.add("{s}={s}\n", .{ name, contract.bytes(value) }),
            contract.OptionString => if (value.is_some)
                file.addField(name, value.val)
            else
                file.add("{s}\n", .{name}),
            else => file.add("{s}={d}\n", .{ name, value }),
        }
    }

    fn add(file: *File, comptime format: []const u8, arguments: anytype) void {
        file.text.print(contract.allocator, format, arguments) catch @panic("out of memory");
    }
};

/// `created_at` as the contract writes it: `created-at`.
fn inContract(comptime name: []const u8) []const u8 {
    var written: [name.len]u8 = undefined;
    _ = std.mem.replace(u8, name, "_", "-", &written);
    const final = written;
    return &final;
}
