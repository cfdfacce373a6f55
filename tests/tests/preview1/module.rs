//! Modules that call WASI preview 1 in their `filter-html` and answer with a piece of their memory.

use std::fmt::Write;

use raisfast_testkit::{CallError, Sandbox, SandboxedPlugin, hook::FilterHtml};
use raisfast_tests::Manifest;
use wit_component::StringEncoding;
use wit_parser::Resolve;

/// The place of a module's answer.
pub(crate) const ANSWER: usize = 1024;
/// The place where a module may keep what the test gives it.
pub(crate) const SCRATCH: usize = 8192;

/// All functions of WASI preview 1 with their parameters, and what wit-bindgen's Go adds. All but
/// `proc_exit` and the last have one result, an error or 0.
pub(crate) const FUNCTIONS: [(&str, &str); 47] = [
    ("args_get", "i32 i32"),
    ("args_sizes_get", "i32 i32"),
    ("environ_get", "i32 i32"),
    ("environ_sizes_get", "i32 i32"),
    ("clock_res_get", "i32 i32"),
    ("clock_time_get", "i32 i64 i32"),
    ("fd_advise", "i32 i64 i64 i32"),
    ("fd_allocate", "i32 i64 i64"),
    ("fd_close", "i32"),
    ("fd_datasync", "i32"),
    ("fd_fdstat_get", "i32 i32"),
    ("fd_fdstat_set_flags", "i32 i32"),
    ("fd_fdstat_set_rights", "i32 i64 i64"),
    ("fd_filestat_get", "i32 i32"),
    ("fd_filestat_set_size", "i32 i64"),
    ("fd_filestat_set_times", "i32 i64 i64 i32"),
    ("fd_pread", "i32 i32 i32 i64 i32"),
    ("fd_prestat_get", "i32 i32"),
    ("fd_prestat_dir_name", "i32 i32 i32"),
    ("fd_pwrite", "i32 i32 i32 i64 i32"),
    ("fd_read", "i32 i32 i32 i32"),
    ("fd_readdir", "i32 i32 i32 i64 i32"),
    ("fd_renumber", "i32 i32"),
    ("fd_seek", "i32 i64 i32 i32"),
    ("fd_sync", "i32"),
    ("fd_tell", "i32 i32"),
    ("fd_write", "i32 i32 i32 i32"),
    ("path_create_directory", "i32 i32 i32"),
    ("path_filestat_get", "i32 i32 i32 i32 i32"),
    ("path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"),
    ("path_link", "i32 i32 i32 i32 i32 i32 i32"),
    ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
    ("path_readlink", "i32 i32 i32 i32 i32 i32"),
    ("path_remove_directory", "i32 i32 i32"),
    ("path_rename", "i32 i32 i32 i32 i32 i32"),
    ("path_symlink", "i32 i32 i32 i32 i32"),
    ("path_unlink_file", "i32 i32 i32"),
    ("poll_oneoff", "i32 i32 i32 i32"),
    ("proc_exit", "i32"),
    ("proc_raise", "i32"),
    ("sched_yield", ""),
    ("random_get", "i32 i32"),
    ("sock_accept", "i32 i32 i32"),
    ("sock_recv", "i32 i32 i32 i32 i32 i32"),
    ("sock_send", "i32 i32 i32 i32 i32"),
    ("sock_shutdown", "i32 i32"),
    (PAUSED, "i32"),
];

pub(crate) const PAUSED: &str = "adapter_monotonic_clock_set_paused";

/// A module with a memory, in the making.
#[derive(Default)]
pub(crate) struct Module {
    body: String,
    while_allocating: String,
    rest: String,
    manifest: String,
}

impl Module {
    /// Whose `filter-html` runs these instructions, which may call any of the functions by its
    /// name.
    pub(crate) fn new(body: &str) -> Self {
        Self::default().with_body(body)
    }

    pub(crate) fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// That runs these in `cabi_realloc`, in the midst of getting its argument.
    pub(crate) fn while_allocating(mut self, body: &str) -> Self {
        body.clone_into(&mut self.while_allocating);
        self
    }

    /// With bytes in its memory from the beginning.
    pub(crate) fn with_bytes(mut self, at: usize, bytes: &[u8]) -> Self {
        let escaped: Vec<String> = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let escaped = escaped.concat();
        write!(self.rest, "(data (i32.const {at}) \"{escaped}\")").expect("text grows");
        self
    }

    /// With more in its manifest.
    pub(crate) fn with_manifest(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.manifest);
        self
    }

    fn text(&self) -> String {
        let code = format!("{} {}", self.body, self.while_allocating);
        let words: Vec<_> = code
            .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
            .collect();
        let imports: Vec<String> = FUNCTIONS
            .iter()
            .filter(|(name, _)| words.contains(&format!("${name}").as_str()))
            .map(|(name, params)| {
                let result = if matches!(*name, "proc_exit" | PAUSED) {
                    ""
                } else {
                    "(result i32)"
                };
                format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} (param {params}) {result}))\n")
            })
            .collect();
        let imports = imports.concat();
        let Self {
            body,
            while_allocating,
            rest,
            ..
        } = self;
        format!(
            r#"(module
                {imports}
                (memory (export "memory") 8)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    {while_allocating}
                    (i32.const 131072))
                ;; Answers `some(<512 bytes in hex>)`.
                (func (export "raisfast:plugin-wit/plugin-hooks#filter-html") (param $input i32) (param $length i32)
                    (result i32)
                    (local $at i32) (local $i i32)
                    {body}
                    (loop $digit
                        (local.set $at (i32.add (i32.const 65536) (local.get $i)))
                        (i32.store8 (local.get $at)
                            (call $hex (i32.shr_u
                                (i32.load8_u (i32.add (i32.const {ANSWER}) (i32.shr_u (local.get $i) (i32.const 1))))
                                (select (i32.const 0) (i32.const 4) (i32.and (local.get $i) (i32.const 1))))))
                        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                        (br_if $digit (i32.lt_u (local.get $i) (i32.const 1024))))
                    (i32.store (i32.const 16) (i32.const 1))
                    (i32.store (i32.const 20) (i32.const 65536))
                    (i32.store (i32.const 24) (i32.const 1024))
                    (i32.const 16))
                (func $hex (param $nibble i32) (result i32)
                    (local.set $nibble (i32.and (local.get $nibble) (i32.const 15)))
                    (i32.add (local.get $nibble)
                        (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $nibble) (i32.const 10)))))
                {rest})"#
        )
    }

    pub(crate) async fn load(&self) -> SandboxedPlugin {
        let manifest = Manifest::new("com.example.preview1", &["filter-html"]).with(&self.manifest);
        Sandbox::new()
            .load_parts(manifest.text(), with_bindings(&self.text()))
            .await
            .expect("the module loads")
    }

    /// The answer of one call.
    pub(crate) async fn answer(&self) -> Answer {
        answer(&self.load().await).await
    }
}

pub(crate) async fn call(plugin: &SandboxedPlugin) -> Result<Answer, CallError> {
    let hex = plugin.filter::<FilterHtml>("input").await?;
    let hex = hex.expect("the module answers");
    let digits = hex.as_bytes().chunks(2);
    let byte = |digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
    Ok(Answer(digits.map(byte).collect()))
}

pub(crate) async fn answer(plugin: &SandboxedPlugin) -> Answer {
    call(plugin).await.expect("the call succeeds")
}

/// The content of the module's memory from [`ANSWER`] on.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer(pub(crate) Vec<u8>);

impl Answer {
    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap())
    }
}

/// The module with the section that bindings of this world would have left.
fn with_bindings(text: &str) -> Vec<u8> {
    const WORLD: &str = "package raisfast:plugin-wit;
        interface plugin-hooks { filter-html: func(input: string) -> option<string>; }
        world plugin-world { export plugin-hooks; }";
    let mut wasm = wat::parse_str(text).expect("the module is valid");
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", WORLD).expect("valid WIT");
    let world = resolve.select_world(&[package], None).expect("one world");
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut wasm, &resolve, world, encoding, false)
        .expect("the world is embedded");
    wasm
}
