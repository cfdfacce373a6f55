//! `raisfast comment`: lists, approves and deletes comments, for who moderates them.

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    editorial::{Page, Selected},
    format::Format,
    id::id,
    running_server::{RunningServer, ServerFlags},
    table,
};

/// Characters of a comment that a list shows.
const SHOWN: usize = 60;

#[derive(Subcommand)]
pub(super) enum CommentCommand {
    /// List the comments on all posts, the newest first
    #[command(after_help = HELP)]
    List(List),
    /// Let everybody read comments
    #[command(after_help = HELP)]
    Approve(Selected),
    /// Take comments from readers, and keep them as spam
    #[command(after_help = HELP)]
    Spam(Selected),
    /// Delete comments for good; those that answer one answer what it answered
    #[command(after_help = HELP)]
    Delete(Delete),
}

pub(super) const HELP: &str = running_server_help!(
    "\
Elsewhere an editor's login is enough.

Examples:
  raisfast comment list
  raisfast comment list --status spam --json
  raisfast comment approve 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162
  raisfast comment spam 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162
  raisfast comment delete 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162
  raisfast comment delete --all-spam"
);

#[derive(clap::Args)]
pub(super) struct List {
    /// Of one status only, or of all
    #[arg(long, value_parser = ["pending", "approved", "spam", "all"], default_value = "pending")]
    status: String,
    #[command(flatten)]
    page: Page,
}

#[derive(clap::Args)]
pub(super) struct Delete {
    /// The comments' ids, as `list` shows them
    #[arg(
        required_unless_present = "all_spam",
        conflicts_with = "all_spam",
        value_parser = id
    )]
    comments: Vec<Uuid>,
    /// All that is spam
    #[arg(long)]
    all_spam: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl CommentCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run().await,
            Self::Approve(selected) => mark(selected, "approved", "everybody can read").await,
            Self::Spam(selected) => mark(selected, "spam", "nobody reads any longer").await,
            Self::Delete(command) => command.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let Self { status, page } = self;
        let mut query = Vec::new();
        if status != "all" {
            query.push(("status", status.clone()));
        }
        let people = |comments: &[Value]| print(comments, &status);
        page.print("comments", query, people).await
    }
}

async fn mark(selected: Selected, status: &str, says: &str) -> anyhow::Result<()> {
    let people = |comments: &[Value]| say!("{}: {says}", counted(comments.len()));
    selected.mark("comments", status, people).await
}

impl Delete {
    async fn run(self) -> anyhow::Result<()> {
        let deleted = RunningServer::as_admin(self.server, async |server| {
            if self.all_spam {
                return delete_spam(server).await;
            }
            for comment in &self.comments {
                server.delete(&format!("comments/{comment}")).await?;
            }
            Ok(self.comments.len())
        })
        .await?;
        let answer = json!({ "comments": deleted });
        let count = counted(deleted);
        self.format.print(&answer, || say!("{count}: deleted"));
        Ok(())
    }
}

/// Deletes all spam, as many at a time as the server does, and returns their number.
async fn delete_spam(server: &RunningServer) -> anyhow::Result<usize> {
    let mut deleted = 0;
    loop {
        let answer = server.delete("comments?status=spam").await?;
        match answer["comments"].as_u64() {
            None | Some(0) => return Ok(deleted),
            Some(more) => deleted += usize::try_from(more).unwrap_or_default(),
        }
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 comment".to_owned(),
        count => format!("{count} comments"),
    }
}

fn print(comments: &[Value], status: &str) {
    if comments.is_empty() {
        match status {
            "all" => say!("there are no comments"),
            status => say!("no comment is {status}"),
        }
        return;
    }
    let header = ["COMMENT", "STATUS", "POST", "FROM", "SENT", "TEXT"];
    let rows: Vec<_> = comments.iter().map(row).collect();
    table::print(header, &rows);
}

fn row(item: &Value) -> [String; 6] {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    [
        text(&item["id"]),
        text(&item["status"]),
        text(&item["post"]["slug"]),
        text(&item["nickname"]),
        table::time(&text(&item["created_at"])),
        shortened(&text(&item["content"])),
    ]
}

/// Returns the beginning of a text, on one line.
fn shortened(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= SHOWN {
        return words;
    }
    words.chars().take(SHOWN).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_long_comment_is_shown_in_part_and_on_one_line() {
        assert_eq!(shortened("one\n\n two"), "one two");
        let shown = shortened(&"é".repeat(61));
        assert_eq!(shown.chars().count(), 61);
        assert!(shown.ends_with("é…"), "{shown}");
        assert_eq!(shortened(&"é".repeat(60)).chars().count(), 60);
    }
}
