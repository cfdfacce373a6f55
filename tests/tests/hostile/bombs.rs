//! Files that are small and take minutes and gigabytes to compile.

use std::{fs, process::Command, time::Duration};

use raisfast_tests::{ChildServer, Manifest, TestServer, eventually, eventually_within, guest};
use wit_component::ComponentEncoder;

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const BOMB: &str = "com.example.bomb";
const HEALTHY: &str = "com.example.healthy";
const MIB: u64 = 1 << 20;

/// Three megabytes for the records of a few hundred requests; a bomb takes hundreds.
const SERVERS_SHARE: u64 = 48 * MIB;

/// Control flow, as often as it is put into a function.
enum Flow {
    NestedLoops(usize),
    Conditions(usize),
}

/// A guest that fits its manifest, with a function beside it of this many locals, all of which the
/// control flow changes.
fn bomb(locals: u32, flow: &Flow) -> Vec<u8> {
    const CORE_MODULE: u8 = 1;
    let mut component = ComponentEncoder::default()
        .module(&guest("stamp"))
        .and_then(ComponentEncoder::encode)
        .expect("guests are built with their world");
    let (i64, get, set, add, wrap, branch_if, end) = (0x7e, 0x20, 0x21, 0x7c, 0xa7, 0x0d, 0x0b);
    let mut body = number(1);
    body.extend(number(locals));
    body.push(i64);
    let change_all = |body: &mut Vec<u8>| {
        for local in 0..locals {
            body.push(get);
            body.extend(number(local));
            body.extend([0x42, 1, add, set]);
            body.extend(number(local));
        }
    };
    match flow {
        Flow::NestedLoops(loops) => {
            body.extend([0x03, 0x40].repeat(*loops));
            change_all(&mut body);
            body.extend([get, 0, wrap, branch_if, 0, end].repeat(*loops));
        }
        Flow::Conditions(conditions) => {
            change_all(&mut body);
            for condition in 0..*conditions {
                let local = u32::try_from(condition).expect("a few") % locals;
                body.extend([get, 0, wrap, 0x04, 0x40, 0x42, 1, set]);
                body.extend(number(local));
                body.push(end);
            }
        }
    }
    body.push(end);
    let mut code = number(1);
    code.extend(number(u32::try_from(body.len()).expect("a small file")));
    code.extend(body);
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend(section(1, &[1, 0x60, 0, 0]));
    module.extend(section(3, &[1, 0]));
    module.extend(section(10, &code));
    component.extend(section(CORE_MODULE, &module));
    component
}

/// 40 KB of WebAssembly and minutes of compiling, within the bounds of the code's structure.
fn slow() -> Vec<u8> {
    bomb(3_000, &Flow::NestedLoops(2_000))
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let mut section = vec![id];
    section.extend(number(u32::try_from(content.len()).expect("a small file")));
    section.extend(content);
    section
}

/// As WebAssembly writes numbers.
fn number(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).expect("seven bits"));
    bytes
}

fn manifest() -> Manifest {
    Manifest::new(BOMB, &["filter-html"])
}

fn healthy(version: &str) -> Manifest {
    Manifest::new(HEALTHY, &["filter-html"]).version(version)
}

/// A server whose folder has a bomb from the beginning.
async fn server(bomb: Vec<u8>, toml: &str) -> ChildServer {
    TestServer::with()
        .guest("recorder", &healthy("1.0.0"))
        .plugin("bomb", bomb, manifest().text())
        .start_child_at_once(SERVER, toml)
        .await
}

/// Processes that compile for the server now.
#[cfg(target_os = "linux")]
fn workers(server: &ChildServer) -> usize {
    let children = format!("/proc/{0}/task", server.id());
    let threads = fs::read_dir(children).expect("the server runs");
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .map(|children| children.split_whitespace().count())
        .sum()
}

/// Waits until the bomb is given up, and returns why.
async fn refusal(server: &ChildServer) -> String {
    let plugin = eventually_within(Duration::from_mins(2), "the bomb is refused", || async {
        let plugin = server.plugin(BOMB).await;
        (plugin["state"] == "failed").then_some(plugin)
    })
    .await;
    plugin["last_error"].as_str().expect("a reason").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_compiles_for_minutes_costs_the_server_and_others_nothing() {
    // So long that all of this happens meanwhile.
    let toml = "[plugins]\ncompile_timeout_ms = 2400000\ncompile_memory_mb = 16384";
    let server = server(slow(), toml).await;
    let bomb = server.plugin(BOMB).await;
    assert_eq!(bomb["state"], "compiling", "{bomb}");
    eventually("the other plugin runs", || async {
        (server.plugin(HEALTHY).await["state"] == "running").then_some(())
    })
    .await;

    // Others are loaded, reloaded and turned off, whoever asks for it.
    server.deploy("recorder", &guest("recorder"), &healthy("2.0.0"));
    eventually("the other plugin is reloaded", || async {
        (server.plugin(HEALTHY).await["version"] == "2.0.0").then_some(())
    })
    .await;
    for (what, state) in [
        ("reload", "running"),
        ("disable", "disabled"),
        ("enable", "running"),
    ] {
        let path = format!("/api/v1/admin/plugins/{HEALTHY}/{what}");
        let plugin = server.admin.post(&path, &serde_json::Value::Null).await;
        assert_eq!(plugin.expect(200)["state"], state);
    }
    assert_eq!(server.plugin(BOMB).await["state"], "compiling");
    if let Some(most) = server.most_resident() {
        let idle = idle().await;
        assert!(
            most < idle + SERVERS_SHARE,
            "{} MiB, and {} MiB without the bomb",
            most / MIB,
            idle / MIB
        );
    }

    // Who is not wanted any more does not go on.
    let path = format!("/api/v1/admin/plugins/{BOMB}/disable");
    server
        .admin
        .post(&path, &serde_json::Value::Null)
        .await
        .expect(200);
    #[cfg(target_os = "linux")]
    eventually("the compiler is gone", || async {
        (workers(&server) == 0).then_some(())
    })
    .await;
}

/// Returns the resident memory of a server without a bomb.
async fn idle() -> u64 {
    let server = TestServer::with()
        .guest("recorder", &healthy("1.0.0"))
        .start_child(SERVER, "")
        .await;
    server
        .most_resident()
        .expect("the other one could be asked")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_compiles_too_long_is_refused_with_the_limit() {
    // A quarter of it, for a small file.
    let server = server(slow(), "[plugins]\ncompile_timeout_ms = 8000").await;
    let reason = refusal(&server).await;
    for part in ["longer than the 2 s", "`compile_timeout_ms`"] {
        assert!(reason.contains(part), "{reason}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_takes_too_much_memory_to_compile_is_refused_with_the_limit() {
    let toml = "[plugins]\ncompile_timeout_ms = 480000\ncompile_memory_mb = 1400";
    let server = server(slow(), toml).await;
    let reason = refusal(&server).await;
    for part in ["more than the 350 MiB of memory", "`compile_memory_mb`"] {
        assert!(reason.contains(part), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_no_compiler_makes_is_refused_before_it_is_compiled() {
    for bomb in [
        bomb(20_000, &Flow::NestedLoops(10_000)),
        bomb(5_000, &Flow::Conditions(90_000)),
    ] {
        assert!(bomb.len() < 1_200_000, "{}", bomb.len());
        let server = server(bomb, "").await;
        let reason = refusal(&server).await;
        assert!(
            reason.contains("blocks and branches times locals, and at most 50000000 are allowed"),
            "{reason}"
        );
    }
}

#[test]
fn plugin_check_ends_with_words() {
    for (bomb, says) in [
        (slow(), "compiling it takes"),
        (
            bomb(20_000, &Flow::NestedLoops(10_000)),
            "blocks and branches times locals",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("plugin.wasm"), bomb).expect("written");
        fs::write(folder.path().join("manifest.toml"), manifest().text()).expect("written");
        let output = Command::new(SERVER)
            .args(["plugin", "check"])
            .arg(folder.path())
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(says), "{said}");
    }
}
