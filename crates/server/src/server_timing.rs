//! `Server-Timing`: an admin's answers tell what each plugin's share of the request was.
//!
//! Nobody else gets the header: it would tell visitors which plugins there are, and how long a
//! filter has thought about what they sent.

use std::{fmt::Write, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use raisfast_accounts::Users;
use raisfast_health::{CallTime, timed};
use tokio::time::Instant;

use crate::auth::identify;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The most metrics beside the total. With an id of 128 bytes each they take 6 KiB.
const MOST_METRICS: usize = 32;

/// Measures a request of an admin. It has to run on the task that the request is answered on.
pub(crate) async fn measure(
    State(users): State<Users>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let is_admin = identify(&users, &mut request)
        .await
        .is_some_and(|user| user.is_admin());
    if !is_admin {
        return next.run(request).await;
    }
    let (mut response, times) = timed(next.run(request)).await;
    let value = header(begun.elapsed(), times);
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(SERVER_TIMING, value);
    }
    response
}

/// The header's value: the total, then the plugins that took longest. A plugin's id is a token by
/// its own rules, and so is a hook's name text without quotes.
fn header(total: Duration, mut times: Vec<CallTime>) -> String {
    times.sort_by_key(|time| std::cmp::Reverse(time.duration));
    let rest = times.split_off(times.len().min(MOST_METRICS));
    let mut value = format!("total;dur={}", millis(total));
    for time in &times {
        let calls = counted(time.calls.into());
        // Writing to a string does not fail.
        let _ = write!(
            value,
            ", {};desc=\"{}, {calls}\";dur={}",
            time.plugin,
            time.hook,
            millis(time.duration)
        );
    }
    if !rest.is_empty() {
        let calls = counted(rest.iter().map(|time| u64::from(time.calls)).sum());
        let duration = rest.iter().map(|time| time.duration).sum();
        let _ = write!(
            value,
            ", others;desc=\"{} more, {calls}\";dur={}",
            rest.len(),
            millis(duration)
        );
    }
    value
}

fn counted(calls: u64) -> String {
    match calls {
        1 => "1 call".to_owned(),
        calls => format!("{calls} calls"),
    }
}

/// Milliseconds, to the microsecond.
fn millis(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;

    use super::*;

    fn time(plugin: &str, calls: u32, micros: u64) -> CallTime {
        CallTime {
            plugin: plugin.parse().unwrap(),
            hook: HookName::FilterHtml,
            calls,
            duration: Duration::from_micros(micros),
        }
    }

    #[test]
    fn the_longest_come_first_after_the_total() {
        let times = vec![
            time("com.example.a", 1, 250),
            time("com.example.b-2", 3, 1_500),
        ];
        assert_eq!(
            header(Duration::from_millis(2), times),
            "total;dur=2.000, \
             com.example.b-2;desc=\"filter-html, 3 calls\";dur=1.500, \
             com.example.a;desc=\"filter-html, 1 call\";dur=0.250"
        );
    }

    #[test]
    fn many_plugins_with_long_names_make_no_endless_header() {
        let long = format!("com.{}", "x".repeat(124));
        let times = (1..=100)
            .map(|n| time(&format!("{}{n:03}", &long[..125]), 2, n))
            .collect();
        let value = header(Duration::from_secs(1), times);
        assert!(value.len() < 8 << 10, "{} bytes", value.len());
        assert!(
            value.ends_with(", others;desc=\"68 more, 136 calls\";dur=2.346"),
            "{value}"
        );
    }
}
