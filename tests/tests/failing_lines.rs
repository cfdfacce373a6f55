//! A failure names the line that its author wrote, in each language, through the real command line
//! and the real compilers.

use std::{fs, path::Path};

use raisfast_tests::Author;
use tempfile::TempDir;

/// A way to fail, by the post's title, and what the report has to say of it.
struct Failure {
    title: &'static str,
    /// The text on the line that is to be named.
    mark: &'static str,
    /// The text before the number of the line.
    before: &'static str,
}

/// A language's template with lines put into its hook that fail.
struct Failing {
    language: &'static str,
    source: &'static str,
    /// The place in the template, and what goes before it.
    helper: (&'static str, &'static str),
    /// The place in the template, and what goes behind it.
    call: (&'static str, &'static str),
    failures: &'static [Failure],
}

const RUST: Failing = Failing {
    language: "rust",
    source: "src/lib.rs",
    helper: (
        "struct Plugin;",
        "#[inline(always)]
fn third(text: &str) -> u8 {
    text.as_bytes()[text.len() + 3] // THIRD
}

fn spin(mut n: u64) -> u64 {
    while std::hint::black_box(n) != 1 { n = n.wrapping_add(2) } // SPIN
    n
}

",
    ),
    call: (
        "Option<PostInput> {\n",
        "        if post.title == \"trap\" {
            post.slug = Some(third(&post.title).to_string());
        }
        if post.title == \"spin\" {
            post.slug = Some(spin(2).to_string());
        }
",
    ),
    failures: &[
        Failure {
            title: "trap",
            mark: "THIRD",
            before: "third at src/lib.rs:",
        },
        Failure {
            title: "spin",
            mark: "SPIN",
            before: "(it was in",
        },
    ],
};

const C: Failing = Failing {
    language: "c",
    source: "plugin.c",
    helper: (
        "/* A hook owns",
        "static int depth(volatile int *at) {
  if (*at == 0) __builtin_trap(); /* DEPTH */
  return *at;
}

static void spin(volatile int *at) {
  while (*at >= 0) *at = 1; /* SPIN */
}

",
    ),
    call: (
        "*answer) {\n",
        "  volatile int at = 0;
  if (post->title.len == 4 && memcmp(post->title.ptr, \"trap\", 4) == 0) at = depth(&at);
  if (post->title.len == 4 && memcmp(post->title.ptr, \"spin\", 4) == 0) spin(&at);
",
    ),
    failures: &[
        Failure {
            title: "trap",
            mark: "DEPTH",
            before: "depth at plugin.c:",
        },
        Failure {
            title: "spin",
            mark: "SPIN",
            before: "spin at plugin.c:",
        },
    ],
};

const ZIG: Failing = Failing {
    language: "zig",
    source: "plugin.zig",
    helper: (
        "// A hook owns",
        "fn third(text: []const u8) u8 {
    if (text.len < 100) @panic(\"short\"); // THIRD
    return text[99];
}

",
    ),
    call: (
        "answer: *PostInput) bool {\n",
        "    if (std.mem.eql(u8, bytes(post.title), \"trap\")) {
        if (third(bytes(post.title)) == 0) return false;
    }
",
    ),
    failures: &[Failure {
        title: "trap",
        mark: "THIRD",
        before: "third at plugin.zig:",
    }],
};

const GO: Failing = Failing {
    language: "go",
    source: "plugin.go",
    helper: (
        "// OnPostCreating",
        "func third(text string) byte {
	return text[len(text)+3] // THIRD
}

",
    ),
    call: (
        "Option[PostInput] {\n",
        "	if post.Title == \"trap\" {
		post.Content = string(third(post.Title))
	}
",
    ),
    failures: &[Failure {
        title: "trap",
        mark: "THIRD",
        before: "plugin.go:",
    }],
};

const JAVASCRIPT: Failing = Failing {
    language: "js",
    source: "plugin.js",
    helper: (
        "/** @type",
        "function third(text) {
  return text.missing.length; // THIRD
}

",
    ),
    call: (
        "onPostCreating(post) {\n",
        "    if (post.title === \"trap\") third(post.title);\n",
    ),
    failures: &[Failure {
        title: "trap",
        mark: "THIRD",
        before: "third (/plugin.js:",
    }],
};

/// The lines of types that the built plugin has not stand before the one that fails.
const TYPESCRIPT: Failing = Failing {
    language: "ts",
    source: "plugin.ts",
    helper: (
        "export const pluginHooks",
        "interface Holder {
  missing?: { length: number };
}

type Name =
  | \"trap\"
  | \"other\";

function third(name: Name): number {
  const holder = {} as Holder;
  return holder.missing!.length + name.length; // THIRD
}

",
    ),
    call: (
        "onPostCreating(post: PostInput): PostInput | undefined {\n",
        "    if (post.title === \"trap\") third(post.title);\n",
    ),
    failures: &[Failure {
        title: "trap",
        mark: "THIRD",
        before: "third (/plugin.ts:",
    }],
};

const PYTHON: Failing = Failing {
    language: "python",
    source: "plugin.py",
    helper: (
        "class PluginHooks",
        "def third(text: str) -> str:
    return text[len(text) + 3]  # THIRD


",
    ),
    call: (
        "Optional[PostInput]:\n",
        "        if input.title == \"trap\":
            third(input.title)
",
    ),
    failures: &[Failure {
        title: "trap",
        mark: "THIRD",
        before: "plugin.py\", line ",
    }],
};

impl Failing {
    /// Makes the project, and returns its folder with the source.
    fn create(&self) -> (TempDir, Author, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let author = Author::new(env!("CARGO_BIN_EXE_raisfast-under-test"), folder.path());
        author.succeeds(&["plugin", "new", "hello", "--lang", self.language]);
        let project = folder.path().join("hello");
        let file = project.join(self.source);
        let template = fs::read_to_string(&file).expect("the template's");
        let (before, helper) = self.helper;
        let (behind, call) = self.call;
        assert!(template.contains(before) && template.contains(behind));
        let source = template
            .replacen(before, &format!("{helper}{before}"), 1)
            .replacen(behind, &format!("{behind}{call}"), 1);
        fs::write(file, &source).expect("written");
        self.write_cases(&project);
        (folder, author, source)
    }

    fn write_cases(&self, project: &Path) {
        let manifest = project.join("manifest.toml");
        let text = fs::read_to_string(&manifest).expect("the template's");
        // A call that spins is to end soon; an interpreter needs its time.
        if self.failures.iter().any(|failure| failure.title == "spin") {
            let limit = "\n[permissions]\ntimeout_ms = 400\n";
            fs::write(&manifest, text + limit).expect("written");
        }
        fs::remove_file(project.join("tests/excerpt.toml")).expect("the template's");
        let case = |failure: &Failure| {
            let title = failure.title;
            format!(
                "[[case]]\nname = '{title}'\nsteps = [{{ hook = 'on-post-creating', input = {{ title = '{title}', content = 'x' }}, answer_has = {{ slug = 'none' }} }}]\n"
            )
        };
        let cases: String = self.failures.iter().map(case).collect();
        fs::write(project.join("tests/failing.toml"), cases).expect("written");
    }

    /// Builds and runs each failure, whose report has to name the line.
    fn names_its_lines(&self, arguments: &[&str]) -> String {
        let (_folder, author, source) = self.create();
        let built = author.succeeds(arguments);
        let output = author.run(&["plugin", "test", "hello"]);
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        for failure in self.failures {
            let number = source
                .lines()
                .position(|line| line.contains(failure.mark))
                .expect("the line is there")
                + 1;
            let (_, report) = said
                .split_once(&format!("FAIL  {}", failure.title))
                .unwrap_or_else(|| panic!("no failure {}: {said}{errors}", failure.title));
            let (_, at) = report
                .split_once(failure.before)
                .unwrap_or_else(|| panic!("no {:?}: {report}", failure.before));
            let named = report.contains(&format!("{}{number}", failure.before))
                || at.contains(&format!("{}:{number}", self.source));
            assert!(named, "line {number} is not named: {report}");
        }
        built
    }
}

#[test]
fn rust() {
    let built = RUST.names_its_lines(&["plugin", "build", "hello"]);
    assert!(
        built.contains("KiB of them to name lines in errors"),
        "{built}"
    );
}

#[test]
fn rust_for_debugging() {
    RUST.names_its_lines(&["plugin", "build", "hello", "--debug"]);
}

#[test]
fn c() {
    let built = C.names_its_lines(&["plugin", "build", "hello"]);
    assert!(
        built.contains("KiB of them to name lines in errors"),
        "{built}"
    );
}

#[test]
fn zig() {
    ZIG.names_its_lines(&["plugin", "build", "hello"]);
}

#[test]
fn go() {
    GO.names_its_lines(&["plugin", "build", "hello"]);
}

/// Go has no lines outside of its own words, and names of functions.
#[test]
fn a_deadline_names_the_function_in_go() {
    let (folder, author, source) = GO.create();
    let project = folder.path().join("hello");
    let spinning = "n := 0\n\tfor i := 0; text != \"\"; i++ {\n\t\tn ^= i\n\t}\n\treturn text[n]";
    let source = source.replace("return text[len(text)+3] // THIRD", spinning);
    let source = source.replace("func third", "//go:noinline\nfunc third");
    fs::write(project.join(GO.source), source).expect("written");
    let manifest = project.join("manifest.toml");
    let text = fs::read_to_string(&manifest).expect("the template's");
    fs::write(&manifest, text + "\n[permissions]\ntimeout_ms = 400\n").expect("written");
    author.succeeds(&["plugin", "build", "hello"]);
    let tested = author.run(&["plugin", "test", "hello"]);
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(
        said.contains("no answer within 400 ms (it was in example.com_hello.third < "),
        "{said}"
    );
}

#[test]
fn javascript() {
    JAVASCRIPT.names_its_lines(&["plugin", "build", "hello"]);
}

#[test]
fn typescript() {
    TYPESCRIPT.names_its_lines(&["plugin", "build", "hello"]);
}

#[test]
fn python() {
    PYTHON.names_its_lines(&["plugin", "build", "hello"]);
}

/// The author's machine stays the author's: no folder of it goes to a server.
#[test]
fn a_deployed_file_has_no_path_of_the_machine_and_no_dwarf() {
    let (folder, author, _) = C.create();
    author.succeeds(&["plugin", "build", "hello"]);
    let wasm = fs::read(folder.path().join("hello/dist/plugin.wasm")).expect("it was built");
    let holds = |text: &[u8]| wasm.windows(text.len()).any(|window| window == text);
    assert!(holds(b"raisfast-lines"));
    assert!(!holds(b".debug_"));
    assert!(!holds(folder.path().as_os_str().as_encoded_bytes()));
}

/// A table that anybody may have made costs nothing but the line.
#[test]
fn a_damaged_line_table_leaves_the_names() {
    let (folder, author, _) = C.create();
    author.succeeds(&["plugin", "build", "hello"]);
    let file = folder.path().join("hello/dist/plugin.wasm");
    let whole = fs::read(&file).expect("it was built");
    let name = b"raisfast-lines";
    let at = whole
        .windows(name.len())
        .position(|window| window == name)
        .expect("it has a table")
        + name.len();
    for value in [0x00, 0xff] {
        let mut damaged = whole.clone();
        // Its head, and what follows, within the section.
        damaged[at..at + 48].fill(value);
        fs::write(&file, damaged).expect("written");
        let tested = author.run(&["plugin", "test", "hello"]);
        let said = String::from_utf8_lossy(&tested.stdout);
        assert!(said.contains("the guest trapped"), "{said}");
        assert!(!said.contains("plugin.c:"), "{said}");
        assert!(said.contains("exports_raisfast"), "{said}");
    }
}
