//! Imports WASI, as Go, JavaScript and Python toolchains make every component do, and says what it
//! got.
//!
//! `filter-html` answers with JSON: the wall clock in seconds, 16 random bytes in hex, and how many
//! environment variables, arguments and folders the host has granted. It writes `stdout <input>`
//! and `stderr <input>` to its output streams first.
//!
//! `render-markdown` does what its input says, and answers with what came of it:
//! - `print stdout TEXT` or `print stderr TEXT`, as it stands, without a newline; `bytes` prints
//!   some that are not text;
//! - `tcp`, `udp`, `resolve NAME`, `stdin`;
//! - `sleep NANOSECONDS`: the time that has passed;
//! - `random COUNT`: how many bytes there are;
//! - `exit`, which does not come back.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    path: "wit",
    world: "plugin-world",
    generate_all,
});

use exports::raisfast::plugin_wit::plugin_hooks::Guest;
use wasi::{
    cli::{environment, exit, stderr, stdin, stdout},
    clocks::{monotonic_clock, wall_clock},
    filesystem::preopens,
    random::random,
    sockets::{
        instance_network, ip_name_lookup, network::IpAddressFamily, tcp_create_socket,
        udp_create_socket,
    },
};

struct Plugin;

impl Guest for Plugin {
    fn filter_html(input: String) -> Option<String> {
        for (name, stream) in [
            ("stdout", stdout::get_stdout()),
            ("stderr", stderr::get_stderr()),
        ] {
            let line = format!("{name} {input}\n");
            // A closed stream is the host's choice; this guest has nobody to tell.
            let _ = stream.blocking_write_and_flush(line.as_bytes());
        }
        let random: String = random::get_random_bytes(16)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(format!(
            r#"{{"seconds":{},"random":"{random}","environment":{},"arguments":{},"folders":{}}}"#,
            wall_clock::now().seconds,
            environment::get_environment().len(),
            environment::get_arguments().len(),
            preopens::get_directories().len(),
        ))
    }

    fn render_markdown(input: String) -> Option<String> {
        let (command, argument) = input.split_once(' ').unwrap_or((&input, ""));
        Some(match command {
            "print" => {
                let (stream, text) = argument.split_once(' ').expect("a stream and a text");
                print(stream, text.as_bytes());
                String::new()
            }
            "bytes" => {
                print("stdout", b"\xff\0\xfe text");
                String::new()
            }
            "tcp" => made(tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)),
            "udp" => made(udp_create_socket::create_udp_socket(IpAddressFamily::Ipv6)),
            "resolve" => {
                let network = instance_network::instance_network();
                made(ip_name_lookup::resolve_addresses(&network, argument))
            }
            "stdin" => match stdin::get_stdin().blocking_read(10) {
                Ok(bytes) => format!("{} bytes", bytes.len()),
                Err(error) => format!("{error:?}"),
            },
            "sleep" => {
                let begun = monotonic_clock::now();
                let nanoseconds = argument.parse().expect("a number");
                monotonic_clock::subscribe_duration(nanoseconds).block();
                (monotonic_clock::now() - begun).to_string()
            }
            "random" => {
                let count = argument.parse().expect("a number");
                random::get_random_bytes(count).len().to_string()
            }
            "exit" => {
                exit::exit(Err(()));
                unreachable!("the host does not return")
            }
            _ => panic!("unknown command: {command}"),
        })
    }
}

fn print(stream: &str, bytes: &[u8]) {
    let stream = match stream {
        "stdout" => stdout::get_stdout(),
        _ => stderr::get_stderr(),
    };
    for part in bytes.chunks(4096) {
        stream
            .blocking_write_and_flush(part)
            .expect("output streams stay open");
    }
}

fn made<T, E: std::fmt::Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "made".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

export!(Plugin);
