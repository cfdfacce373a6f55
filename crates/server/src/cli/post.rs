//! `raisfast post`: lists, publishes and archives posts.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
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
    /// The most to show
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100), default_value_t = 50)]
    limit: u64,
    /// Go on from here, as the former list says
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(clap::Args)]
pub(super) struct Selected {
    /// The posts' ids, as `list` shows them
    #[arg(required = true)]
    posts: Vec<Uuid>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl PostCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run().await,
            Self::Publish(selected) => selected.change("published").await,
            Self::Archive(selected) => selected.change("archived").await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let mut query = vec![("limit", self.limit.to_string()), ("status", self.status)];
        query.extend(self.title.map(|title| ("title", title)));
        query.extend(self.cursor.map(|cursor| ("cursor", cursor)));
        let page = RunningServer::as_admin(self.server, async |server| {
            server.get("posts", &query).await
        })
        .await?;
        self.format.print(&page, || print(&page));
        Ok(())
    }
}

impl Selected {
    async fn change(self, status: &str) -> anyhow::Result<()> {
        let body = json!({ "status": status });
        let items = RunningServer::as_admin(self.server, async |server| {
            let mut items = Vec::new();
            for post in &self.posts {
                let path = format!("posts/{post}");
                items.push(server.call(Method::PATCH, &path, &body).await?);
            }
            Ok(items)
        })
        .await?;
        self.format.print(&json!({ "items": items }), || {
            for post in &items {
                let slug = post["slug"].as_str().unwrap_or_default();
                say!("{slug} is {status}");
            }
        });
        Ok(())
    }
}

fn print(page: &Value) {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        say!("there are no such posts");
        return;
    }
    let rows: Vec<_> = items.iter().map(row).collect();
    table::print(["POST", "STATUS", "SLUG", "CHANGED", "TITLE"], &rows);
    if let Some(next) = page["next"].as_str() {
        say!("\nThere are more: --cursor {next}");
    }
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
