//! The book's tutorials, done as they say: their files are written, their commands run, their
//! plugins are seen at work.

mod script_examples;

use std::{
    ffi::OsString,
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use raisfast_tests::{eventually_within, tools};
use tempfile::TempDir;

/// A page, and the plugin that its reader writes.
struct Tutorial {
    page: &'static str,
    id: &'static str,
    /// The end of the names of files that a running `raisfast plugin dev` takes up at once.
    taken_up: &'static str,
}

const COMPONENT: Tutorial = Tutorial {
    page: include_str!("../../../docs/src/authors/tutorial.md"),
    id: "com.example.reading-time",
    // The other files of the project are of use with this one.
    taken_up: "lib.rs",
};

const SCRIPT: Tutorial = Tutorial {
    page: include_str!("../../../docs/src/authors/a-plugin-in-one-text-file.md"),
    id: "com.example.tidy-titles",
    taken_up: ".js",
};

/// The longest time that a compiler may take beside other tests.
const COMPILED: Duration = Duration::from_mins(3);

/// One example of the page.
struct Example {
    language: String,
    text: String,
    /// The file that the sentence before it names.
    file: Option<String>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut before = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let file = before
                .strip_suffix("`:")
                .and_then(|text| text.rsplit_once('`'));
            examples.push(Example {
                language: language.to_owned(),
                text: text.join("\n") + "\n",
                file: file.map(|(_, file)| file.to_owned()),
            });
            before = "";
        } else if !line.is_empty() {
            before = line;
        }
    }
    examples
}

/// A command in a terminal of its own, which goes on.
struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    fn said(&self) -> String {
        fs::read_to_string(&self.said).expect("the terminal's file")
    }

    /// Waits until something is said after the first `from` bytes.
    async fn says(&self, text: &str, from: usize) {
        eventually_within(COMPILED, &format!("it says {text:?}"), || async {
            self.said()[from..].contains(text).then_some(())
        })
        .await;
    }

    /// The word behind some text.
    fn word_after(&self, text: &str) -> String {
        let said = self.said();
        let (_, rest) = said.split_once(text).expect("it is said");
        rest.split_whitespace().next().expect("a word").to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder in which a reader types, and the programs that are there.
struct Reader {
    folder: TempDir,
    path: OsString,
    /// The address of the reader's own server.
    site: String,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let programs = folder.path().join("bin");
        fs::create_dir(&programs).expect("a folder");
        let raisfast = env!("CARGO_BIN_EXE_raisfast-under-test");
        symlink(raisfast, programs.join("raisfast")).expect("a link");
        let tools = tools();
        let folders = [programs].into_iter().chain(std::env::split_paths(&tools));
        let path = std::env::join_paths(folders).expect("folders");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Self {
            folder,
            path,
            site: free.expect("a port").to_string(),
        }
    }

    fn shell(&self, script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            // What a server for development leaves goes with the folder.
            .env("TMPDIR", self.folder.path())
            .env_remove("RAISFAST_ADDR")
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/projects"),
            );
        shell
    }

    /// Runs a script to its end, and returns its output.
    fn run(&self, script: &str) -> String {
        let output = self.shell(script).output().expect("a shell");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Starts a script that goes on.
    fn start(&self, script: &str, name: &str) -> Running {
        let said = self.folder.path().join(name);
        let file = File::create(&said).expect("a file");
        let errors = file.try_clone().expect("the same file");
        // The last line takes the shell's place, so that it ends with it.
        let (before, last) = script
            .trim_end()
            .rsplit_once('\n')
            .unwrap_or(("", script.trim_end()));
        let mut shell = self.shell(&format!("{before}\nexec env {last}"));
        shell.env("RAISFAST_ADDR", &self.site);
        let child = shell.stdout(file).stderr(errors).spawn().expect("a shell");
        Running { child, said }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("it is written");
    }
}

/// The script with the address and the password that the command has printed.
fn for_this_server(script: &str, address: &str, password: &str) -> String {
    let lines = script.lines().map(|line| {
        if line.starts_with("HOST=") {
            format!("HOST=http://{address}")
        } else if line.starts_with("PASSWORD=") {
            format!("PASSWORD='{password}'")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_tutorial_gets_what_it_promises() {
    follow(&COMPONENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_tutorial_about_scripts_gets_what_it_promises() {
    follow(&SCRIPT).await;
}

async fn follow(tutorial: &Tutorial) {
    let live = format!("live: {}", tutorial.id);
    let reader = Reader::new();
    let mut development: Option<Running> = None;
    let mut site: Option<Running> = None;
    let mut is_installed = false;
    let mut printed = String::new();
    for example in examples(tutorial.page) {
        let script = example.text.as_str();
        match (example.language.as_str(), &example.file) {
            ("sh", _) if script.starts_with("rustup") => {}
            ("sh", _) if script.starts_with("raisfast plugin dev") => {
                let running = reader.start(script, "development.txt");
                running.says(&live, 0).await;
                printed = running.said();
                development = Some(running);
            }
            ("sh", _) if script.starts_with("mkdir") => {
                development = None;
                let running = reader.start(script, "site.txt");
                let listens = format!("http://{}", reader.site);
                running.says(&listens, 0).await;
                site = Some(running);
            }
            ("sh", _) => {
                printed = match &development {
                    None => reader.run(script),
                    Some(server) => {
                        let address = server.word_after("http://");
                        let password = server.word_after("password");
                        reader.run(&for_this_server(script, &address, &password))
                    }
                };
                is_installed |= printed.contains(tutorial.id) && printed.contains("running");
            }
            ("text", _) => {
                // Lines with `…` differ each time.
                for line in script.lines().filter(|line| !line.contains('…')) {
                    let start = line.split(":40123").next().unwrap_or(line);
                    assert!(printed.contains(start), "expected {start}\nin {printed}");
                }
            }
            (_, Some(file)) => {
                let from = development.as_ref().map_or(0, |server| server.said().len());
                reader.write(file, script);
                let is_taken_up = file.ends_with(tutorial.taken_up);
                if let Some(server) = development.as_ref().filter(|_| is_taken_up) {
                    server.says(&live, from).await;
                }
            }
            (language, None) => panic!("nothing is done with this {language}:\n{script}"),
        }
    }
    assert!(site.is_some() && is_installed, "{printed}");
}
