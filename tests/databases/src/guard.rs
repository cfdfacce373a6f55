//! The guard that ends a server together with the process that uses it.
//!
//! A small shell holds the server. It waits on a pipe whose other end only this process holds: when
//! the process returns, panics, aborts or is killed, the kernel closes the pipe, and the shell
//! stops the server and removes its folder. Nothing has to run in the dying process.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

const LOG: &str = "log";

/// The first argument is the folder, the others are the server's command. Signals of a terminal are
/// ignored: they reach the process itself, and the pipe tells of its end.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
folder=$1
shift
"$@" > "$folder/log" 2>&1 < /dev/null &
server=$!
while read -r _; do :; done
kill -QUIT $server
wait $server
rm -rf "$folder"
"#;

/// Holds a server until the process ends.
pub(crate) struct Guard {
    _shell: Child,
    _pipe: ChildStdin,
}

impl Guard {
    pub(crate) fn start(folder: &Path, server: &Command) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(folder)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("`sh` starts");
        let pipe = shell.stdin.take().expect("it is a pipe");
        Self {
            _shell: shell,
            _pipe: pipe,
        }
    }
}

/// Gives the folder to the user whom the command runs as.
pub(crate) fn hand_over(folder: &Path, command: &Command) {
    let user = command
        .get_args()
        .find_map(|argument| argument.to_str()?.strip_prefix("--reuid="));
    let Some(user) = user else { return };
    let user = nix::unistd::User::from_name(user)
        .ok()
        .flatten()
        .unwrap_or_else(|| panic!("there is no user `{user}`; run `cargo xtask setup`"));
    chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
        .expect("root may give a folder away");
}

/// Returns the server's output.
pub(crate) fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join(LOG)).unwrap_or_default()
}
