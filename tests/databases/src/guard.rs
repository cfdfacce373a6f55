//! The guard that ends a server together with the process that uses it.
//!
//! A small shell holds the server. It waits on a pipe whose other end only this process holds: when
//! the process returns, panics, aborts or is killed, the kernel closes the pipe, and the shell
//! stops the server and removes its folder. Nothing has to run in the dying process.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

const LOG: &str = "log";

/// The first arguments are the folder and the signal that ends the server for good, the others are
/// the server's command. Signals of a terminal are
/// ignored: they reach the process itself, and the pipe tells of its end. A line of the pipe is a
/// signal that ends the server and the seconds until it is started again.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
folder=$1
end=$2
shift 2
serve() {
    "$@" >> "$folder/log" 2>&1 < /dev/null &
    server=$!
}
serve "$@"
while read -r signal pause; do
    kill -"$signal" $server
    wait $server
    sleep "$pause"
    serve "$@"
    echo started
done
kill -$end $server
wait $server
rm -rf "$folder"
"#;

/// Holds a server until the process ends.
pub(crate) struct Guard {
    _shell: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Guard {
    /// Starts it. The signal ends it where nobody waits for its clients.
    pub(crate) fn start(folder: &Path, server: &Command, end: &str) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(folder)
            .arg(end)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("`sh` starts");
        let to_shell = shell.stdin.take().expect("it is a pipe");
        let from_shell = shell.stdout.take().expect("it is a pipe");
        Self {
            _shell: shell,
            pipes: Mutex::new((to_shell, BufReader::new(from_shell))),
        }
    }

    /// Ends the server by a signal, starts it again, and returns when the new one begins to start.
    pub(crate) fn restart(&self, signal: &str, pause: Duration) {
        let mut pipes = self.pipes.lock().expect("nobody panics with them");
        let (to_shell, from_shell) = &mut *pipes;
        writeln!(to_shell, "{signal} {}", pause.as_secs_f32()).expect("the shell reads");
        let mut line = String::new();
        from_shell.read_line(&mut line).expect("the shell answers");
        assert_eq!(line, "started\n", "the shell has started the server again");
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
