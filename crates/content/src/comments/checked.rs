//! The rules of a comment.

use raisfast_contract::CommentInput;

use crate::{FieldError, check::Checks};

/// A comment as submitted, by a visitor or by a filter, that keeps all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CheckedComment<'a> {
    pub(super) content: &'a str,
    pub(super) nickname: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) parent_id: Option<&'a str>,
}

impl<'a> TryFrom<&'a CommentInput> for CheckedComment<'a> {
    type Error = Vec<FieldError>;

    fn try_from(input: &'a CommentInput) -> Result<Self, Self::Error> {
        let mut checks = Checks::default();
        checks.text("/content", &input.content, 1..=10_000);
        if let Some(nickname) = &input.nickname {
            checks.line("/nickname", nickname, 1..=64);
        }
        if let Some(email) = &input.email {
            checks.require(is_address(email), "/email", || {
                "must be an e-mail address like `ada@example.com`".to_owned()
            });
        }
        if let Some(parent) = &input.parent_id {
            checks.line("/parent_id", parent, 1..=36);
        }
        checks.finish(Self {
            content: &input.content,
            nickname: input.nickname.as_deref(),
            email: input.email.as_deref(),
            parent_id: input.parent_id.as_deref(),
        })
    }
}

/// Returns whether the text has the form of a mail address; only sending mail would prove more.
fn is_address(text: &str) -> bool {
    let plain = text.len() <= 254 && !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let parts = text.rsplit_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !name.contains('@') && host.split('.').all(|label| !label.is_empty())
    });
    plain && parts
}

#[cfg(test)]
mod tests {
    use raisfast_contract::CommentInput;

    use super::{CheckedComment, is_address};

    #[test]
    fn addresses_have_a_name_and_a_host() {
        for good in ["ada@example.com", "a+b@localhost", "ädä@exämple.org"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "a b@c.de",
            "a@b..c",
            "a@.c",
            "a@b\n",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert!(!is_address(&format!("{}@example.com", "a".repeat(250))));
    }

    #[test]
    fn each_broken_rule_is_named() {
        let broken = CommentInput {
            content: " ".to_owned(),
            nickname: Some("two\nlines".to_owned()),
            email: Some("nobody".to_owned()),
            parent_id: Some(String::new()),
        };
        let mut pointers: Vec<_> = CheckedComment::try_from(&broken)
            .unwrap_err()
            .into_iter()
            .map(|error| error.pointer)
            .collect();
        pointers.dedup();
        assert_eq!(pointers, ["/content", "/nickname", "/email", "/parent_id"]);
    }
}
