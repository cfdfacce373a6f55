//! The problem that each error is for a client: its status, its words, and the next step.

use axum::{
    extract::rejection::{PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
};
use raisfast_accounts::AccountError;
use raisfast_content::ContentError;
use raisfast_db::DbError;
use raisfast_outbox::{OutboxError, OutboxFull};
use raisfast_plugins::{
    AdminError, ArchiveError, FireError, InstallError, ReleaseError, RemovalError, SettingsError,
};

use super::{ACCOUNT_DISABLED, InvalidField, OUTBOX_FULL, Problem};
use crate::{advice::Advice as _, comment_limit::TooManyComments, login_limit::TooManyFailures};

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Invalid(fields) => Self::invalid(
                fields
                    .into_iter()
                    .map(|field| InvalidField {
                        pointer: field.pointer,
                        detail: field.message,
                    })
                    .collect(),
            ),
            ContentError::NotFound => Self::not_found("there is nothing here, or it is not public"),
            ContentError::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, "this belongs to somebody else")
            }
            error @ ContentError::NotAModerator => {
                Self::new(StatusCode::FORBIDDEN, error.to_string())
            }
            error @ ContentError::TooManyComments(_) => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            ContentError::Contended => Self::new(
                StatusCode::CONFLICT,
                "others keep changing this record: read it and try again",
            ),
            ContentError::Aborted(aborted) => {
                let mut problem = if aborted.not_ready {
                    Self::plugin_not_ready(aborted.to_string())
                } else if aborted.refusals.is_empty() {
                    Self::refused_by_plugin(aborted.to_string(), Vec::new())
                } else {
                    Self::refused_by_plugin(aborted.reason, aborted.refusals)
                };
                problem.0.plugin = Some(aborted.plugin.to_string());
                problem.0.hook = Some(aborted.hook.as_str());
                problem
            }
            ContentError::OutboxFull(full) => full.into(),
            ContentError::Database(error) => error.into(),
            error @ ContentError::Internal(_) => Self::of_the_host(&error),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => Self::invalid(
                fields
                    .into_iter()
                    .map(|field| InvalidField {
                        pointer: format!("/{}", field.field),
                        detail: field.message,
                    })
                    .collect(),
            ),
            AccountError::NotFound => Self::not_found(error.to_string()),
            AccountError::Unauthenticated => Self::unauthenticated(
                "the user name or the password is wrong",
                "Bearer realm=\"raisfast\"",
            ),
            AccountError::Disabled => {
                let mut problem = Self::new(StatusCode::FORBIDDEN, error.to_string());
                problem.0.kind = ACCOUNT_DISABLED;
                problem.0.title = "The account is disabled".into();
                problem
            }
            AccountError::OwnAccount | AccountError::LastAdmin => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            AccountError::Forbidden => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            AccountError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many logins are being checked: try again in a moment",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            AccountError::OutboxFull(full) => full.into(),
            AccountError::Database(error) => error.into(),
            AccountError::Internal(_) => Self::of_the_host(&error),
        }
    }
}

impl From<OutboxFull> for Problem {
    fn from(full: OutboxFull) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, full.with_advice())
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("10"));
        problem.0.kind = OUTBOX_FULL;
        problem.0.title = "A plugin has not taken earlier changes yet".into();
        problem.0.plugin = Some(full.plugin.to_string());
        problem
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_busy() {
            tracing::warn!(%error, "a request found the database busy");
            Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "somebody else holds the database: try again in a moment",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
        } else if error.is_full() {
            tracing::error!(%error, "the disk under the database is full");
            Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "the database's disk is full, and nothing was written: the operator has to make space",
            )
        } else {
            Self::of_the_host(&error)
        }
    }
}

impl From<TooManyFailures> for Problem {
    fn from(failures: TooManyFailures) -> Self {
        Self::too_many(
            "too many logins from here have failed",
            failures.retry_after,
        )
    }
}

impl From<TooManyComments> for Problem {
    fn from(comments: TooManyComments) -> Self {
        Self::too_many("too many comments came from here", comments.retry_after)
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        let status = match &error {
            AdminError::NotFound(_) | AdminError::NoFolder(_) => StatusCode::NOT_FOUND,
            // The folder does not hold what could be loaded.
            AdminError::Load(_) | AdminError::OtherId { .. } => StatusCode::CONFLICT,
            AdminError::Delete(_)
            | AdminError::Switches(_)
            | AdminError::Identities(_)
            | AdminError::Ticks(_)
            | AdminError::Breakers(_)
            | AdminError::Releases(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.with_advice())
    }
}

impl From<RemovalError> for Problem {
    fn from(error: RemovalError) -> Self {
        let status = match &error {
            RemovalError::Running(_)
            | RemovalError::Elsewhere { .. }
            | RemovalError::CameBack(_) => StatusCode::CONFLICT,
            RemovalError::Delete(_) | RemovalError::Releases(_) | RemovalError::Ticks(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, error.with_advice())
    }
}

impl From<InstallError> for Problem {
    fn from(error: InstallError) -> Self {
        let status = match &error {
            InstallError::Archive(ArchiveError::Write(_))
            | InstallError::Folder(_)
            | InstallError::Releases(_) => StatusCode::INTERNAL_SERVER_ERROR,
            InstallError::NoRelease { .. } => StatusCode::NOT_FOUND,
            InstallError::Archive(ArchiveError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            InstallError::Archive(_) | InstallError::Load(_) | InstallError::NotServing { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            InstallError::OtherPlugin { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            InstallError::Busy
            | InstallError::Changed { .. }
            | InstallError::Occupied { .. }
            | InstallError::Linked { .. }
            | InstallError::NotKept { .. } => StatusCode::CONFLICT,
        };
        Self::new(status, error.with_advice())
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        Self::of_the_host(&error)
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Invalid(fields) => Self::invalid(
                fields
                    .into_iter()
                    .map(|field| InvalidField {
                        pointer: field.pointer,
                        detail: field.message,
                    })
                    .collect(),
            ),
            SettingsError::NotFound(_) => Self::not_found(error.with_advice()),
            SettingsError::NoManifest(_) => Self::new(StatusCode::CONFLICT, error.with_advice()),
            SettingsError::Memory(_) | SettingsError::Folder(_) => Self::of_the_host(&error),
        }
    }
}

impl From<FireError> for Problem {
    fn from(error: FireError) -> Self {
        let status = match &error {
            FireError::UnknownPlugin { .. } | FireError::UnknownJob { .. } => StatusCode::NOT_FOUND,
            FireError::NotSubscribed { .. } => StatusCode::CONFLICT,
            FireError::Paused { .. }
            | FireError::NotReady { .. }
            | FireError::NotRecorded { .. } => StatusCode::SERVICE_UNAVAILABLE,
            // Neither the request nor the server is at fault: the plugin behind it is.
            FireError::Failed { .. } => StatusCode::BAD_GATEWAY,
        };
        Self::new(status, error.with_advice())
    }
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::NotFound(_) => Self::not_found(error.with_advice()),
            OutboxError::Cursor(_) => Self::new(StatusCode::BAD_REQUEST, error.with_advice()),
            error => ContentError::from(error).into(),
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        http::{StatusCode, header},
        response::IntoResponse,
    };
    use raisfast_content::{ContentError, FieldError};
    use raisfast_contract::HookName;
    use raisfast_hooks::Aborted;
    use serde_json::{Value, json};

    use super::Problem;

    fn document(error: ContentError) -> Value {
        serde_json::to_value(Problem::from(error)).expect("a problem serialises")
    }

    #[test]
    fn every_invalid_field_is_listed_and_the_first_stands_out() {
        let field = |pointer: &str| FieldError {
            pointer: pointer.to_owned(),
            message: format!("{pointer} is wrong"),
        };
        let problem = document(ContentError::Invalid(vec![
            field("/title"),
            field("/tag_ids/3"),
        ]));
        assert_eq!(
            (&problem["status"], &problem["pointer"]),
            (&json!(422), &json!("/title"))
        );
        assert_eq!(
            problem["errors"],
            json!([
                { "pointer": "/title", "detail": "/title is wrong" },
                { "pointer": "/tag_ids/3", "detail": "/tag_ids/3 is wrong" },
            ])
        );
    }

    #[test]
    fn a_plugin_that_is_not_ready_yet_is_worth_another_try() {
        let aborted = Aborted {
            plugin: "com.example.guard".parse().unwrap(),
            hook: HookName::OnCommentCreating,
            reason: "it is being compiled".to_owned(),
            refusals: Vec::new(),
            not_ready: true,
        };
        let response = Problem::from(ContentError::Aborted(aborted.clone())).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        let problem = document(ContentError::Aborted(aborted));
        assert_eq!(problem["type"], "urn:raisfast:plugin-not-ready");
        assert_eq!(problem["plugin"], "com.example.guard");
        assert_eq!(
            problem["detail"],
            "the plugin com.example.guard is not ready in on-comment-creating, \
             and its manifest says `on_error = \"abort\"`: it is being compiled"
        );
    }

    #[test]
    fn a_refusal_names_the_plugin_and_the_hook() {
        let problem = document(ContentError::Aborted(Aborted {
            plugin: "com.example.guard".parse().unwrap(),
            hook: HookName::OnCommentCreating,
            reason: "spam".to_owned(),
            refusals: Vec::new(),
            not_ready: false,
        }));
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["plugin"], "com.example.guard");
        assert_eq!(problem["hook"], "on-comment-creating");
        assert!(
            problem["detail"].as_str().unwrap().contains("spam"),
            "{problem}"
        );
    }

    #[test]
    fn a_busy_database_is_worth_another_try() {
        use sea_orm::{ConnAcquireErr, DbErr};

        let busy = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let problem = Problem::from(ContentError::Database(busy.into()));
        assert_eq!(problem.0.status, 503);
        assert_eq!(problem.0.headers[0].0, "retry-after");
        let broken = DbErr::Custom("disk".to_owned());
        assert_eq!(
            document(ContentError::Database(broken.into()))["status"],
            500
        );
    }

    #[test]
    fn the_hosts_own_faults_stay_in_its_log() {
        let problem = document(ContentError::Internal(
            "password of db-7 is hunter2".to_owned(),
        ));
        assert_eq!(problem["status"], 500);
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
}
