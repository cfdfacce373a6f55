//! `raisfast post`: lists, publishes and archives posts.

use clap::Subcommand;
use serde_json::Value;

use super::{
    editorial::{Page, Selected},
    table,
};

#[derive(Subcommand)]
pub(super) enum PostCommand {
    /// List posts, the newest first: drafts and archived ones, too
    #[command(after_help = HELP)]
    List(List),
    /// Let everybody read posts
    #[command(after_help = HELP)]
    Publish(Selected),
    /// Take posts from the public, and keep them
    #[command(after_help = HELP)]
    Archive(Selected),
}

pub(super) const HELP: &str = running_server_help!(
    "\
Elsewhere an editor's login is enough, and an author's for the own posts.

Examples:
  raisfast post list
  raisfast post list --status draft --title tea --json
  raisfast post publish 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162
  raisfast post archive 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162"
);

#[derive(clap::Args)]
pub(super) struct List {
    /// Of one status only, or of all
    #[arg(long, value_parser = ["draft", "published", "archived", "all"], default_value = "all")]
    status: String,
    /// With this in their titles
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    page: Page,
}

impl PostCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run().await,
            Self::Publish(selected) => mark(selected, "published").await,
            Self::Archive(selected) => mark(selected, "archived").await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let is_of_all = self.status == "all" && self.title.is_none();
        let mut query = vec![("status", self.status)];
        query.extend(self.title.map(|title| ("title", title)));
        let people = |posts: &[Value]| print(posts, is_of_all);
        self.page.print("posts", query, people).await
    }
}

async fn mark(selected: Selected, status: &str) -> anyhow::Result<()> {
    let people = |posts: &[Value]| {
        for post in posts {
            let slug = post["slug"].as_str().unwrap_or_default();
            say!("{slug} is {status}");
        }
    };
    selected.mark("posts", status, people).await
}

fn print(posts: &[Value], is_of_all: bool) {
    if posts.is_empty() {
        say!(
            "{}",
            if is_of_all {
                "there are no posts"
            } else {
                "there are no such posts"
            }
        );
        return;
    }
    let rows: Vec<_> = posts.iter().map(row).collect();
    table::print(["POST", "STATUS", "SLUG", "CHANGED", "TITLE"], &rows);
}

fn row(item: &Value) -> [String; 5] {
    let text = |key: &str| item[key].as_str().unwrap_or("-").to_owned();
    [
        text("id"),
        text("status"),
        text("slug"),
        table::time(&text("updated_at")),
        text("title"),
    ]
}
