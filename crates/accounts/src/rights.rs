//! The rights of each role: one table, which everything that decides asks.
//!
//! It is pure. Whoever has read a record asks [`User::may`] with its owner; a list asks
//! [`User::extent`] how much of it the user sees. The names say no more about what users write than
//! a decision needs.

use crate::{Role, User};

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To read posts that are not published: drafts and archived ones.
    ReadUnpublished,
    /// To write posts and typed content.
    Write,
    /// To change and delete posts and typed content.
    Change,
    /// To read the comments on a post that are not public: pending ones and spam.
    ReadHeldComments,
    /// To approve, change and delete comments, whoever's post they are on.
    Moderate,
    /// To do all else: accounts, plugins, deliveries, events, provenance.
    Administer,
}

/// The part of the site for which a user has a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// No part.
    Nothing,
    /// The part that the user owns.
    Own,
    /// All of it.
    Everything,
}

use Extent::{Everything, Nothing, Own};

impl Right {
    /// Every right, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::ReadUnpublished,
        Self::Write,
        Self::Change,
        Self::ReadHeldComments,
        Self::Moderate,
        Self::Administer,
    ];

    /// The table.
    #[expect(clippy::match_same_arms, reason = "a table has a line for each right")]
    #[rustfmt::skip]
    const fn row(self) -> Row {
        match self {
            Self::ReadUnpublished  => Row { author: Own,     editor: Everything, admin: Everything },
            Self::Write            => Row { author: Own,     editor: Own,        admin: Own },
            Self::Change           => Row { author: Own,     editor: Everything, admin: Everything },
            Self::ReadHeldComments => Row { author: Own,     editor: Everything, admin: Everything },
            Self::Moderate         => Row { author: Nothing, editor: Everything, admin: Everything },
            Self::Administer       => Row { author: Nothing, editor: Nothing,    admin: Everything },
        }
    }
}

/// A line of the table.
struct Row {
    author: Extent,
    editor: Extent,
    admin: Extent,
}

impl Role {
    /// Returns how far a role's right reaches.
    pub const fn extent(self, right: Right) -> Extent {
        let row = right.row();
        match self {
            Self::Author => row.author,
            Self::Editor => row.editor,
            Self::Admin => row.admin,
        }
    }
}

impl User {
    /// Returns how far this user's right reaches.
    pub const fn extent(&self, right: Right) -> Extent {
        self.role.extent(right)
    }

    /// Returns whether the user has the right on what this owner has written.
    pub fn may(&self, right: Right, owner: &str) -> bool {
        match self.extent(right) {
            Nothing => false,
            Own => self.id == owner,
            Everything => true,
        }
    }

    /// Returns whether the user has the right whoever is the owner.
    pub fn may_everywhere(&self, right: Right) -> bool {
        self.extent(right) == Everything
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = include_str!("../../../docs/src/operators/rest-api.md");

    /// The words with which the book's table begins the row of a right.
    const fn in_the_book(right: Right) -> &'static str {
        match right {
            Right::ReadUnpublished => "read drafts and archived posts",
            Right::Write => "write posts and typed content",
            Right::Change => "change and delete posts and typed content",
            Right::ReadHeldComments => "read pending comments and spam on posts",
            Right::Moderate => "approve, change and delete comments",
            Right::Administer => "all else: accounts, plugins, outbox, events, provenance",
        }
    }

    /// Returns what the book says of a right: `–`, `own` or `all` for author, editor and admin.
    fn row_of_the_book(right: Right) -> [&'static str; 3] {
        let row = BOOK
            .lines()
            .find_map(|line| line.strip_prefix("| ")?.strip_prefix(in_the_book(right)))
            .unwrap_or_else(|| panic!("the book has no row for {right:?}"));
        let cells: Vec<_> = row.trim_matches([' ', '|']).split(" | ").collect();
        let [visitor, author, editor, admin] = cells[..] else {
            panic!("{cells:?} is not a row of the book's table");
        };
        assert_eq!(visitor, "–", "{right:?}");
        [author, editor, admin]
    }

    #[test]
    fn each_role_has_the_rights_of_the_book_s_table_on_own_and_others_works() {
        for right in Right::ALL {
            for (&role, word) in Role::ALL.iter().zip(row_of_the_book(right)) {
                let user = User {
                    id: "ann".to_owned(),
                    username: "Ann".to_owned(),
                    role,
                };
                let has = (user.may(right, "ann"), user.may(right, "ben"));
                let expected = match word {
                    "–" => (false, false),
                    "own" => (true, false),
                    "all" => (true, true),
                    other => panic!("{other} is not a word of the table"),
                };
                assert_eq!(has, expected, "{role:?} {right:?}");
                assert_eq!(
                    user.may_everywhere(right),
                    word == "all",
                    "{role:?} {right:?}"
                );
            }
        }
    }

    #[test]
    fn a_role_may_what_the_role_before_it_may() {
        let reach = |role: Role, right| match role.extent(right) {
            Nothing => 0,
            Own => 1,
            Everything => 2,
        };
        for right in Right::ALL {
            for pair in Role::ALL.windows(2) {
                assert!(reach(pair[0], right) <= reach(pair[1], right), "{right:?}");
            }
        }
    }
}
