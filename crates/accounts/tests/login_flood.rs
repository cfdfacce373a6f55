//! Many logins at once. A test binary of its own: what they wait for is the process's.

mod support;

use raisfast_accounts::AccountError;
use support::{PASSWORD, TestAccounts};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_logins_is_refused_beyond_what_can_wait_and_the_next_login_is_served() {
    const LOGINS: usize = 1_000;
    let test = TestAccounts::new().await;
    let mut flood = JoinSet::new();
    for _ in 0..LOGINS {
        let users = test.users.clone();
        flood.spawn(async move { users.login("admin", "wrong horse").await });
    }
    let (mut busy, mut checked) = (0, 0);
    for answer in flood.join_all().await {
        match answer {
            Err(AccountError::Busy) => busy += 1,
            Err(AccountError::Unauthenticated) => checked += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(busy + checked, LOGINS);
    assert!(checked >= 1, "some are served in the middle of it");
    test.users
        .login("admin", PASSWORD)
        .await
        .expect("the line is short again");
}
