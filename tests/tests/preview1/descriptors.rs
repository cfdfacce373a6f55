//! Descriptors: stdin, stdout and stderr, and no others.

use crate::module::{ANSWER, FUNCTIONS, Module};

const SUCCESS: u32 = 0;
const BADF: u32 = 8;
const INVAL: u32 = 28;
const NOTSUP: u32 = 58;
const SPIPE: u32 = 70;

/// The error of each function that is about a descriptor, for this one. What else they are given
/// are zeros.
async fn errors(descriptor: u32, prefixes: &[&str]) -> Vec<(&'static str, u32)> {
    let about = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let functions: Vec<_> = FUNCTIONS.iter().filter(|(name, _)| about(name)).collect();
    let calls: Vec<String> = functions
        .iter()
        .enumerate()
        .map(|(i, (name, params))| {
            let arguments: Vec<String> = params
                .split(' ')
                .enumerate()
                .map(|(i, kind)| {
                    // A link's first folder comes first, a symbolic link's after its text.
                    let is_descriptor = i == if *name == "path_symlink" { 2 } else { 0 };
                    format!(
                        "({kind}.const {})",
                        if is_descriptor { descriptor } else { 0 }
                    )
                })
                .collect();
            format!(
                "(i32.store (i32.const {}) (call ${name} {}))",
                ANSWER + 4 * i,
                arguments.concat()
            )
        })
        .collect();
    let answer = Module::new(&calls.concat()).answer().await;
    functions
        .iter()
        .enumerate()
        .map(|(i, (name, _))| (*name, answer.u32(4 * i)))
        .collect()
}

#[tokio::test]
async fn there_are_no_files_folders_and_sockets() {
    for descriptor in [3, 100, u32::MAX] {
        let errors = errors(descriptor, &["fd_", "path_", "sock_"]).await;
        assert_eq!(errors.len(), 21 + 10 + 4);
        for (name, error) in errors {
            assert_eq!(error, BADF, "{name} of {descriptor}");
        }
    }
}

#[tokio::test]
async fn standard_streams_are_no_files_folders_and_sockets() {
    for descriptor in [0, 1, 2] {
        for (name, error) in
            errors(descriptor, &["path_", "sock_", "fd_prestat", "fd_readdir"]).await
        {
            assert_eq!(error, BADF, "{name} of {descriptor}");
        }
        for (name, error) in errors(descriptor, &["fd_"]).await {
            let expected = match name {
                "fd_read" if descriptor == 0 => SUCCESS,
                "fd_write" if descriptor != 0 => SUCCESS,
                "fd_close" | "fd_fdstat_get" | "fd_filestat_get" | "fd_fdstat_set_flags" => SUCCESS,
                "fd_seek" | "fd_tell" | "fd_pread" | "fd_pwrite" => SPIPE,
                "fd_advise"
                | "fd_allocate"
                | "fd_sync"
                | "fd_datasync"
                | "fd_fdstat_set_rights"
                | "fd_filestat_set_size"
                | "fd_filestat_set_times" => INVAL,
                "fd_renumber" => NOTSUP,
                _ => BADF,
            };
            assert_eq!(error, expected, "{name} of {descriptor}");
        }
    }
}

#[tokio::test]
async fn stdin_is_at_its_end() {
    let answer = Module::new(
        "(i32.store (i32.const 1024) (i32.const 7))
         (i32.store (i32.const 1028) (call $fd_read (i32.const 0) (i32.const 8192) (i32.const 1) (i32.const 1024)))",
    )
    // One piece of 16 bytes.
    .with_bytes(8192, &[64, 32, 0, 0, 16, 0, 0, 0])
    .answer()
    .await;
    assert_eq!((answer.u32(0), answer.u32(4)), (0, SUCCESS));
}

#[tokio::test]
async fn standard_streams_are_terminals() {
    const CHARACTER_DEVICE: u8 = 2;
    const READ: u64 = 1 << 1;
    const WRITE: u64 = 1 << 6;
    for (descriptor, rights) in [(0, READ), (1, WRITE), (2, WRITE)] {
        let answer = Module::new(&format!(
            "(memory.fill (i32.const 1024) (i32.const 255) (i32.const 512))
             (drop (call $fd_fdstat_get (i32.const {descriptor}) (i32.const 1024)))
             (drop (call $fd_filestat_get (i32.const {descriptor}) (i32.const 1056)))"
        ))
        .answer()
        .await;
        assert_eq!(answer.0[0], CHARACTER_DEVICE);
        assert_eq!(answer.0[1..8], [0; 7]);
        assert_eq!((answer.u64(8), answer.u64(16)), (rights, 0));
        assert_eq!(answer.0[24..32], [255; 8]);
        let status = &answer.0[32..96];
        assert_eq!(status[16], CHARACTER_DEVICE);
        assert!(
            status
                .iter()
                .enumerate()
                .all(|(at, &byte)| at == 16 || byte == 0),
            "{status:?}"
        );
        assert_eq!(answer.0[96], 255);
    }
}
