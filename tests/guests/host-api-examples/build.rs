//! Makes a function of each example: what is run is what the page shows.

use std::{env, fmt::Write, fs, path::Path};

const PAGE: &str = "../../../docs/src/authors/host-api.md";

fn main() {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let mut functions = String::new();
    let mut cases = String::new();
    for section in page.split("\n### ").skip(1) {
        let name = section.lines().next().expect("a heading");
        let example = section
            .split_once("\n```rust,no_run\n")
            .and_then(|(_, rest)| rest.split_once("\n```\n"))
            .unwrap_or_else(|| panic!("`{name}` has no example"))
            .0;
        let function = name.replace('-', "_");
        write_function(&mut functions, &function, example);
        writeln!(cases, "        {name:?} => {function}(),").expect("text grows");
    }
    let run = format!(
        "{functions}\npub fn run(name: &str) -> Result<(), raisfast_plugin::database::Error> {{\n    match name {{\n{cases}        \
         other => panic!(\"the page has no example of `{{other}}`\"),\n    }}\n}}\n"
    );
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("examples.rs"), run).expect("the folder is there");
}

/// The example as a function. Lines that begin with `# ` are hidden on the page.
fn write_function(text: &mut String, name: &str, example: &str) {
    let body: Vec<&str> = example
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line))
        .collect();
    let end = if body.iter().any(|line| line.starts_with("Ok::<(), ")) {
        ""
    } else {
        "Ok(())"
    };
    writeln!(
        text,
        "#[allow(unused_variables)]\nfn {name}() -> Result<(), raisfast_plugin::database::Error> {{\n{}\n{end}\n}}",
        body.join("\n")
    )
    .expect("text grows");
}
