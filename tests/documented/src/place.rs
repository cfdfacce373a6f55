//! The place in the sources that says what an exchange does not fit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Says which line is missing, and where.
pub fn missing_route(method: &str, path: &str) -> String {
    let file = match path
        .trim_start_matches("/api/v1/")
        .split(['/', '?'])
        .collect::<Vec<_>>()[..]
    {
        ["auth", ..] | ["admin", "users", ..] => "accounts.rs",
        ["admin", "plugins" | "cron" | "figures" | "logs", ..] => "admin_plugins.rs",
        ["admin", "outbox", ..] => "outbox.rs",
        ["posts" | "comments", .., "provenance"] => "provenance.rs",
        ["posts", _, "comments"] | ["comments", ..] => "comments.rs",
        ["posts", ..] => "posts.rs",
        ["content", ..] => "content.rs",
        _ => "server.rs",
    };
    let function = method.to_lowercase();
    format!(
        "`{method} {path}` is not in the document: add\n\n    \
         {function}(\"{path}\", \"anIdOfItsOwn\", \"What it does\").for_admins().returns::<What>(200, \"What that is.\"),\n\n\
         with the names of the path's segments to `{}` (or to a file of its own beside it), and what \
         goes in and comes out to a file in `crates/server/src/openapi/schema`",
        sources("routes").join(file).display()
    )
}

/// The folder of a part of the document, from the repository's root.
fn sources(part: &str) -> PathBuf {
    Path::new("crates/server/src/openapi").join(part)
}

/// The file and line of an operation.
pub(crate) fn place_of_route(operation: &Value) -> String {
    let id = operation["operationId"].as_str().unwrap_or_default();
    place_in("routes", &[&format!("\"{id}\"")])
}

/// The file and line of a schema.
pub(crate) fn place_of_schema(name: &str) -> String {
    place_in(
        "schema",
        &[&format!(" struct {name}"), &format!("    {name} of ")],
    )
}

/// The first file and line in a folder of the document that has one of these texts.
fn place_in(part: &str, texts: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join(sources(part));
    let continues = |c: char| c.is_alphanumeric();
    for file in fs::read_dir(folder).expect("a folder") {
        let file = file.expect("an entry");
        let source = fs::read_to_string(file.path()).expect("a source file");
        let line = source.lines().position(|line| {
            texts.iter().any(|text| {
                line.split_once(text)
                    .is_some_and(|(_, rest)| !rest.starts_with(continues))
            })
        });
        if let Some(line) = line {
            let path = sources(part).join(file.file_name());
            return format!("{}:{}", path.display(), line + 1);
        }
    }
    sources(part).display().to_string()
}
