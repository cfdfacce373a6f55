//! Text that must not reach a log.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// A password, or a URL that may carry one. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL without its password and its query's values; `***` where it is not a URL.
    ///
    /// ```
    /// use raisfast::Secret;
    ///
    /// let url = Secret::new("postgres://cms:hunter2@db.example.com/site?sslkey=k");
    /// assert_eq!(url.as_url_without_secrets(), "postgres://cms:***@db.example.com/site?***");
    /// assert_eq!(Secret::new("hunter2").as_url_without_secrets(), "***");
    /// ```
    pub fn as_url_without_secrets(&self) -> String {
        let Ok(mut url) = Url::parse(&self.0) else {
            return "***".to_owned();
        };
        let masked = url.password().is_none() || url.set_password(Some("***")).is_ok();
        if !masked {
            return format!("{}:***", url.scheme());
        }
        if url.query().is_some_and(|query| query != "mode=rwc") {
            url.set_query(Some("***"));
        }
        url.into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
