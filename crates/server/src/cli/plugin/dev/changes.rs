//! The changes that the plugin's calls make, as the server tells them.

use raisfast_contract::Printable;
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinSet};

use crate::cli::running_server::RunningServer;

/// The texts that may wait to be shown: while the plugin is built nobody takes them.
const WAITING: usize = 256;

/// The changes that a plugin's calls make from now on.
pub(super) struct Changes {
    told: mpsc::Receiver<String>,
    /// Ends with this.
    _following: JoinSet<()>,
}

impl Changes {
    /// Begins to follow a plugin's changes. A server that cannot tell them is followed without.
    pub(super) async fn of(server: &RunningServer, id: &str) -> Self {
        let (tell, told) = mpsc::channel(WAITING);
        let path = format!("admin/plugins/{id}/changes/stream");
        let opened = server.open_stream(&path, &[]).await;
        let mut following = JoinSet::new();
        following.spawn(async move {
            // What does not fit any more is not worth reading.
            let show = |text| drop(tell.try_send(text));
            let ended = match opened {
                Ok(stream) => {
                    stream
                        .hand_to(|_, data| texts(data).into_iter().for_each(show))
                        .await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                show(format!("what calls change is not shown: {error:#}"));
            }
        });
        Self {
            told,
            _following: following,
        }
    }

    /// Takes what was told since the last time.
    pub(super) fn told(&mut self) -> impl Iterator<Item = String> {
        std::iter::from_fn(|| self.told.try_recv().ok())
    }
}

/// One text for each field: its sizes and its first line that differs.
fn texts(change: &Value) -> Vec<String> {
    let hook = change["hook"].as_str().unwrap_or_default();
    let fields = change["fields"].as_array().into_iter().flatten();
    let mut texts: Vec<_> = fields
        .map(|field| {
            let name = match field["field"].as_str() {
                Some(name) if !name.is_empty() => name,
                _ => "the text",
            };
            let (before, after) = (&field["before"], &field["after"]);
            format!(
                "changed {} in {hook}: {} to {} bytes, line {}\n{}\n{}",
                Printable::new(name),
                bytes(before),
                bytes(after),
                field["line"],
                line('-', before),
                line('+', after),
            )
        })
        .collect();
    if let Some(more) = change["more_fields"].as_u64() {
        texts.push(format!("changed {more} further fields in {hook}"));
    }
    if let Some(missed) = change["missed"].as_u64() {
        texts.push(format!("{missed} further calls changed something"));
    }
    texts
}

fn bytes(side: &Value) -> u64 {
    side["bytes"].as_u64().unwrap_or_default()
}

fn line(sign: char, side: &Value) -> String {
    match side["line"].as_str() {
        Some(line) => format!("{:10}{sign} {}", "", Printable::new(line)),
        None => format!("{:10}{sign} (absent)", ""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::texts;

    #[test]
    fn a_change_has_its_sizes_and_the_line_that_differs() {
        let change = json!({"hook": "on-post-creating", "fields": [{
            "field": "/excerpt", "line": 1, "before": null, "after": {"bytes": 5, "line": "a\u{1b}[m"},
        }], "more_fields": 2});
        assert_eq!(
            texts(&change),
            [
                "changed /excerpt in on-post-creating: 0 to 5 bytes, line 1\n          - (absent)\n          + a\\u{1b}[m",
                "changed 2 further fields in on-post-creating",
            ]
        );
        let page = json!({"hook": "filter-html", "fields": [{
            "field": "", "line": 3, "before": {"bytes": 9, "line": ""}, "after": {"bytes": 2, "line": null},
        }]});
        assert_eq!(
            texts(&page),
            [
                "changed the text in filter-html: 9 to 2 bytes, line 3\n          - \n          + (absent)"
            ]
        );
        let lagged = json!({"missed": 4});
        assert_eq!(texts(&lagged), ["4 further calls changed something"]);
    }
}
