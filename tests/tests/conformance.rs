//! The conformance plugins of this workspace's own language pass the suite. Those in other
//! languages are judged by `cargo xtask languages`, which gets their toolchains.

use std::{collections::BTreeSet, path::Path};

use raisfast_cases::{
    Outcome,
    conformance::{Subject, cases},
};
use raisfast_tests::sample;

async fn passes(name: &str) {
    let (wasm, _) = sample(name);
    let subject = Subject::new(&wasm).expect("a temporary folder");
    for (chapter, case) in cases() {
        let judged = subject.judge(chapter, &case).await.expect("it loads");
        if let Outcome::Failed { differences, log } = judged.outcome {
            panic!("{chapter}: {}\n{}\n{log:?}", judged.name, differences[0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_passes() {
    passes("conformance-rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_wit_bindgen_0_36_passes() {
    passes("conformance-rust-plain-0-36").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_wit_bindgen_of_today_passes() {
    passes("conformance-rust-plain-current").await;
}

/// The cases that a script does not pass, by its language, chapter and name, and the reason, which
/// lies in the language. `docs/src/authors/scripts.md` tells authors of them.
const EXCEPTIONS: [(&str, &str, &str, &str); 10] = [
    (
        "js",
        "database",
        "insert: empty values",
        "the numbers 0 and 0.0 are the same one",
    ),
    (
        "js",
        "language",
        "random bytes come",
        "QuickJS has no crypto",
    ),
    (
        "lua",
        "database",
        "insert: empty values",
        "a string is text and bytes, and an empty one could be either",
    ),
    (
        "lua",
        "language",
        "what is printed as an error is logged",
        "there is no io.stderr",
    ),
    ("lua", "language", "the clock goes", "there is no os.time"),
    (
        "lua",
        "language",
        "random bytes come",
        "no library of Lua's has a source for keys",
    ),
    (
        "rhai",
        "language",
        "what is printed as an error is logged",
        "print is the only output",
    ),
    (
        "rhai",
        "language",
        "the clock goes",
        "its clock would need a browser",
    ),
    (
        "rhai",
        "language",
        "random bytes come",
        "Rhai has no random numbers",
    ),
    (
        "rhai",
        "language",
        "random numbers are others in each instance and after each start",
        "Rhai has no random numbers",
    ),
];

/// Asserts that a script passes every case but its language's exceptions, and none of those.
async fn script_passes(language: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scripts");
    let subject = Subject::of_script(&folder.join(language)).expect("a script");
    let mut others = Vec::new();
    let mut exceptions = BTreeSet::new();
    for (chapter, case) in cases() {
        let judged = subject.judge(chapter, &case).await.expect("it loads");
        let is_exception = EXCEPTIONS.iter().any(|(its, of, name, _)| {
            (*its, *of, *name) == (language, chapter, judged.name.as_str())
        });
        match judged.outcome {
            Outcome::Passed => {}
            _ if is_exception => {
                exceptions.insert((chapter, judged.name));
            }
            Outcome::Unsupported => others.push(format!("{chapter}: {}: unsupported", judged.name)),
            Outcome::Failed { differences, log } => others.push(format!(
                "{chapter}: {}\n{}\n{log:?}",
                judged.name, differences[0]
            )),
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    let expected: BTreeSet<_> = EXCEPTIONS
        .iter()
        .filter(|(its, ..)| *its == language)
        .map(|(_, chapter, name, _)| (*chapter, (*name).to_owned()))
        .collect();
    assert_eq!(exceptions, expected, "an exception is one no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_javascript_passes() {
    script_passes("js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_lua_passes() {
    script_passes("lua").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_rhai_passes() {
    script_passes("rhai").await;
}
