//! Passwords, kept as argon2id hashes.
//!
//! Hashing is slow and takes 19 MiB on purpose: it runs off the threads that serve requests, and
//! only as many at a time as there are processors. Some more may wait; whoever comes then is
//! refused, so that a flood of logins costs neither memory nor an endless line.

use std::{sync::LazyLock, thread::available_parallelism};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{AccountError, token::Token};

/// The hash of a password that nobody knows, made with the same cost as all others.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cmFpc2Zhc3Qtbm9ib2R5$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The most that wait while others are hashed: the work of a processor in a second or two.
const MAX_WAITING: usize = 64;

/// Makes up a password of 256 random bits.
pub(crate) fn generate() -> String {
    Token::generate().into_text()
}

/// Returns the hash to keep, with a salt of its own, in PHC form.
pub(crate) async fn hash(password: &str) -> Result<String, AccountError> {
    let password = password.to_owned();
    costly(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash: PasswordHash| hash.to_string())
            .map_err(|error| AccountError::Internal(format!("cannot hash the password: {error}")))
    })
    .await?
}

/// Returns whether the password is right. Without a hash it is not, and finding that out takes as
/// long.
pub(crate) async fn verify(password: &str, hash: Option<String>) -> Result<bool, AccountError> {
    let password = password.to_owned();
    costly(move || is_right(&Argon2::default(), &password, hash.as_deref())).await?
}

/// Verifies once, whether there is a hash or not.
fn is_right(
    verifier: &impl PasswordVerifier<PasswordHash>,
    password: &str,
    hash: Option<&str>,
) -> Result<bool, AccountError> {
    let kept = PasswordHash::new(hash.unwrap_or(NOBODY)).map_err(|error| {
        AccountError::Internal(format!("a kept password hash is damaged: {error}"))
    })?;
    let right = verifier.verify_password(password.as_bytes(), &kept).is_ok();
    Ok(right && hash.is_some())
}

/// Runs the work when a processor is free for it; refuses it where too many wait for that.
async fn costly<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AccountError> {
    static PROCESSORS: LazyLock<Semaphore> =
        LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));
    static WAITING: Semaphore = Semaphore::const_new(MAX_WAITING);
    let waiting = WAITING.try_acquire().map_err(|_| AccountError::Busy)?;
    let stopped =
        |reason: String| AccountError::Internal(format!("cannot check the password: {reason}"));
    // The permit goes with the work: a caller who gives up does not make room while it still runs.
    let permit = PROCESSORS
        .acquire()
        .await
        .map_err(|error| stopped(error.to_string()))?;
    drop(waiting);
    spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    })
    .await
    .map_err(|error| stopped(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use argon2::{
        Argon2, Params,
        password_hash::{self, PasswordVerifier, phc::PasswordHash},
    };

    use super::{NOBODY, hash, is_right, verify};

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let kept = hash("correct horse").await.unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert_ne!(
            kept,
            hash("correct horse").await.unwrap(),
            "each hash has its own salt"
        );
        assert!(verify("correct horse", Some(kept.clone())).await.unwrap());
        assert!(!verify("Correct horse", Some(kept)).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
    }

    /// Counts what it is asked to verify, and finds it wrong.
    #[derive(Default)]
    struct Counting(Cell<u32>);

    impl PasswordVerifier<PasswordHash> for Counting {
        fn verify_password(&self, _: &[u8], hash: &PasswordHash) -> password_hash::Result<()> {
            Params::try_from(hash).expect("a hash that can be verified");
            self.0.set(self.0.get() + 1);
            Err(password_hash::Error::PasswordInvalid)
        }
    }

    #[tokio::test]
    async fn an_unknown_name_is_as_much_work_as_a_wrong_password() {
        let kept = hash("correct horse").await.unwrap();
        for known in [Some(kept.as_str()), None] {
            let work = Counting::default();
            assert!(!is_right(&work, "wrong horse", known).unwrap());
            assert_eq!(work.0.get(), 1, "{known:?}");
        }
    }

    #[test]
    fn nobody_costs_as_much_as_everybody() {
        let nobody = Params::try_from(&PasswordHash::new(NOBODY).unwrap()).unwrap();
        let default = Argon2::default();
        let everybody = default.params();
        assert_eq!(nobody.m_cost(), everybody.m_cost());
        assert_eq!(nobody.t_cost(), everybody.t_cost());
        assert_eq!(nobody.p_cost(), everybody.p_cost());
    }
}
