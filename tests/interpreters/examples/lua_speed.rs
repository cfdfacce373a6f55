//! Times parts of Lua in the sandbox.

use std::time::Instant;

use raisfast_test_interpreters::{Script, World};

fn main() {
    for (name, body) in [
        (
            "fib",
            "local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end fib(30)",
        ),
        ("pcall", "for i = 1, 1000000 do pcall(error) end"),
        (
            "concat",
            "local t = {} for i = 1, 300000 do t[#t+1] = 'item ' .. i end local s = table.concat(t, ',')",
        ),
        (
            "gsub",
            "local s = ('Hello World, this is a title! '):rep(2000) for i = 1, 5 do s:lower():gsub('[^%w]+', '-') end",
        ),
        (
            "tables",
            "for i = 1, 300000 do local t = {a = i, b = {i}} end",
        ),
        (
            "sort",
            "local t = {} for i = 1, 100000 do t[i] = (i * 7919) % 100003 end table.sort(t)",
        ),
        (
            "float",
            "local x = 0.0 for i = 1, 200000 do x = x + tonumber(tostring(i / 3)) end",
        ),
    ] {
        let mut script = Script::lua_body(body, World::default());
        let began = Instant::now();
        if let Err(error) = script.tick(None) {
            println!("{name}: {error}");
        }
        println!("{name} {:.3}", began.elapsed().as_secs_f64());
    }
}
