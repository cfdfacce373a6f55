//! The conformance plugins of this workspace's own language pass the suite. Those in other
//! languages are judged by `cargo xtask languages`, which gets their toolchains.

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
