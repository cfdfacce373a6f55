//! Reasons for which a node cannot join.

use raisfast_db::DbError;
use sea_orm::DbErr;

use crate::{Files, Member};

/// A reason for which a node cannot join the others.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Nodes would not find each other's files.
    #[error("{}", files_apart(*.own, .others))]
    FilesApart {
        /// The place where this one keeps them.
        own: Files,
        /// The others that live.
        others: Vec<Member>,
    },
    /// The database does not do its part.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DbErr> for JoinError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

fn files_apart(own: Files, others: &[Member]) -> String {
    let whose = match own {
        Files::Local => "this server keeps plugins' files on its own disk",
        Files::Shared => "another server keeps plugins' files on its own disk",
    };
    let others: Vec<_> = others
        .iter()
        .map(|other| {
            let Member {
                name,
                address,
                files,
                ..
            } = other;
            format!("{name} at {address} with {files} files")
        })
        .collect();
    format!(
        "{whose}, where the other servers of the site do not find them; on this database live: {}",
        others.join(", ")
    )
}
