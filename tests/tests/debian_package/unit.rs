//! The service's unit, and the service started as systemd would.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    time::Duration,
};

use raisfast_tests::{Client, eventually_within};

use crate::system::System;

/// The settings of a unit, in its order.
pub(crate) struct Unit(Vec<(String, String)>);

impl Unit {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the unit is installed");
        let settings = text.lines().filter_map(|line| line.split_once('='));
        Self(
            settings
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// Returns the one value of a setting.
    #[track_caller]
    pub(crate) fn value(&self, key: &str) -> &str {
        let mut values = self.0.iter().filter(|(known, _)| known == key);
        let Some((_, value)) = values.next() else {
            panic!("the unit has no {key}");
        };
        assert!(values.next().is_none(), "the unit has {key} twice");
        value
    }

    /// Starts the service with the unit's user, folders, limits and environment.
    pub(crate) fn start(&self, system: &System) -> Service {
        let (user, group) = (self.value("User"), self.value("Group"));
        let owner = format!("{user}:{group}");
        for folder in self.value("StateDirectory").split(' ') {
            let folder = format!("/var/lib/{folder}");
            system.run(&["mkdir", "--parents", &folder]);
            system.run(&["chown", &owner, &folder]);
            system.run(&["chmod", self.value("StateDirectoryMode"), &folder]);
        }
        let script = format!(
            "umask {}; ulimit -n {}; exec {}",
            self.value("UMask"),
            self.value("LimitNOFILE"),
            self.value("ExecStart")
        );
        let log = system.path("/raisfast.log");
        let errors = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("a log");
        let mut command = system.command_as(&owner, &["sh", "-c", &script]);
        let environment = self.value("EnvironmentFile").trim_start_matches('-');
        let environment = fs::read_to_string(system.path(environment)).unwrap_or_default();
        command.envs(environment.lines().filter_map(|line| line.split_once('=')));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the service runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let Some((_, address)) = line.trim().rsplit_once("http://") else {
            panic!(
                "the service does not start: {line}{:?}",
                fs::read_to_string(&log)
            );
        };
        Service {
            visitor: Client::new(address.parse().expect("an address")),
            child,
            _stdout: stdout,
        }
    }
}

/// The running service. It is killed when this is dropped.
pub(crate) struct Service {
    pub(crate) visitor: Client,
    child: Child,
    /// Open as long as the service may write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Service {
    /// Ends it as a stop or a restart does; returns its exit code.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        let kill = std::process::Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill runs").success());
        let child = std::sync::Mutex::new(&mut self.child);
        let ended = eventually_within(Duration::from_secs(45), "the service ends", || async {
            let mut child = child.lock().expect("nobody panics with it");
            child.try_wait().expect("it was started here")
        });
        ended.await.code()
    }

    /// Kills it where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started here");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
