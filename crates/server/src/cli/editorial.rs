//! The parts that `raisfast post` and `raisfast comment` share: a page of a list, and a status for
//! those that are named.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    format::Format,
    id::id,
    running_server::{RunningServer, ServerFlags},
};

/// The page of a list that is asked for.
#[derive(clap::Args)]
pub(super) struct Page {
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

impl Page {
    /// Prints a page of what is at this path. `people` prints its items; none where it has none.
    pub(super) async fn print(
        self,
        path: &str,
        mut query: Vec<(&'static str, String)>,
        people: impl FnOnce(&[Value]),
    ) -> anyhow::Result<()> {
        query.push(("limit", self.limit.to_string()));
        query.extend(self.cursor.map(|cursor| ("cursor", cursor)));
        let page =
            RunningServer::as_admin(self.server, async |server| server.get(path, &query).await)
                .await?;
        self.format.print(&page, || {
            people(page["items"].as_array().map_or(&[][..], Vec::as_slice));
            if let Some(next) = page["next"].as_str() {
                say!("\nThere are more: --cursor {next}");
            }
        });
        Ok(())
    }
}

/// Those that are named.
#[derive(clap::Args)]
pub(super) struct Selected {
    /// The ids, as `list` shows them
    #[arg(required = true, value_parser = id)]
    ids: Vec<Uuid>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Selected {
    /// Gives each this status, and prints what they are then.
    pub(super) async fn mark(
        self,
        resource: &str,
        status: &str,
        people: impl FnOnce(&[Value]),
    ) -> anyhow::Result<()> {
        let body = json!({ "status": status });
        let items = RunningServer::as_admin(self.server, async |server| {
            let mut items = Vec::new();
            for id in &self.ids {
                let path = format!("{resource}/{id}");
                items.push(server.call(Method::PATCH, &path, &body).await?);
            }
            Ok(items)
        })
        .await?;
        let answer = json!({ "items": items });
        self.format.print(&answer, || people(&items));
        Ok(())
    }
}
