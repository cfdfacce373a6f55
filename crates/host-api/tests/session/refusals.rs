//! `refuse`: who may, and what is kept of what a guest says.

use raisfast_contract::{HookName, Refusal};
use raisfast_host_api::{Grants, Session};

use crate::world::World;

async fn world() -> World {
    World::granting(Grants::default()).await
}

/// Refuses once, and returns what is kept.
fn refused(session: &mut Session, pointer: Option<&str>, message: &str) -> Vec<Refusal> {
    session.refuse(pointer.map(str::to_owned), message);
    session.take_refusals()
}

#[tokio::test]
async fn a_filter_refuses_with_reasons_that_are_taken_once() {
    let world = world().await;
    let mut session = world.session();
    session.refuse(Some("/title".to_owned()), "is too loud");
    session.refuse(None, "not on a Sunday");
    let reasons = session.take_refusals();
    let reasons: Vec<_> = reasons
        .iter()
        .map(|reason| (reason.pointer.as_deref(), reason.message.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [(Some("/title"), "is too loud"), (None, "not on a Sunday")]
    );
    assert!(session.take_refusals().is_empty());
    assert!(world.log().is_empty(), "{:?}", world.log());
}

#[tokio::test]
async fn outside_of_a_filter_nothing_is_refused_and_the_log_says_so() {
    let elsewhere = [
        Some(HookName::OnPostCreated),
        Some(HookName::RenderMarkdown),
        Some(HookName::FilterHtml),
        None,
    ];
    for hook in elsewhere {
        let world = world().await;
        let mut session = world.plugin.session(hook);
        let reasons = refused(&mut session, None, "no");
        assert!(reasons.is_empty(), "{hook:?}: {reasons:?}");
        world.assert_logged("refuse does nothing here");
    }
}

#[tokio::test]
async fn a_pointer_that_is_not_one_is_left_out_and_the_reason_stays() {
    let long = format!("/{}", "x".repeat(Refusal::MAX_POINTER_BYTES));
    let bad = ["title", "/a~2b", "/ti\u{202e}tle", "/ti\ntle", &long];
    for pointer in bad {
        let world = world().await;
        let reasons = refused(&mut world.session(), Some(pointer), "no");
        assert_eq!(reasons.len(), 1, "{pointer:?}");
        assert_eq!(reasons[0].pointer, None, "{pointer:?}");
        assert_eq!(reasons[0].message, "no");
        world.assert_logged("the pointer is not a JSON pointer");
    }
    let longest = format!("/{}", "x".repeat(Refusal::MAX_POINTER_BYTES - 1));
    for pointer in ["", "/a~0b~1c", "/tags/0", &longest] {
        let world = world().await;
        let reasons = refused(&mut world.session(), Some(pointer), "no");
        assert_eq!(reasons[0].pointer.as_deref(), Some(pointer));
        assert!(world.log().is_empty(), "{:?}", world.log());
    }
}

#[tokio::test]
async fn reasons_are_bounded_in_length_and_number() {
    let world = world().await;
    let mut session = world.session();
    let long = "\u{1b}ä".repeat(Refusal::MAX_MESSAGE_BYTES);
    for _ in 0..Refusal::MOST + 5 {
        session.refuse(None, &long);
    }
    let reasons = session.take_refusals();
    assert_eq!(reasons.len(), Refusal::MOST);
    for reason in &reasons {
        assert!(!reason.message.contains('\u{1b}'), "{}", reason.message);
        assert!(reason.message.ends_with('…'), "{}", reason.message);
        // Escapes take more room than what they stand for.
        assert!(reason.message.len() < 6 * Refusal::MAX_MESSAGE_BYTES);
    }
    world.assert_logged("refuse was called more than 16 times in one call");

    // The next call has room again.
    assert_eq!(refused(&mut session, None, "no").len(), 1);
}
