//! `raisfast events`: prints what plugins publish, as it happens.

use raisfast_contract::PluginId;
use serde_json::{Value, json};

use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(super) struct Events {
    /// Print each event when it happens, until Ctrl-C
    #[arg(long, required = true)]
    follow: bool,
    /// Of one plugin only
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
Events are what plugins publish with `emit-event`, and the server's own about plugins that are paused or called \
again, on every server of the site. None from before is shown; where the connection breaks off, the command goes on \
with the event after the last one, for as long as the server keeps them: an hour. With --json each is an object on a line.

Examples:
  raisfast events --follow
  raisfast events --follow --plugin com.example.digest --json"
);

impl Events {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            follow: _,
            plugin,
            format,
            server,
        } = self;
        RunningServer::as_admin(server, async |server| {
            if let Some(plugin) = &plugin {
                server.must_know(plugin).await?;
            }
            let show = |name: &str, event: &Value| {
                let is_meant = plugin
                    .as_ref()
                    .is_none_or(|plugin| event["plugin"] == plugin.as_str());
                if name == "lagged" || is_meant {
                    format.print_line(&json!({ "event": name, "data": event }), || {
                        table::print_text(&line(name, event));
                    });
                }
            };
            server.follow_on("events", show).await
        })
        .await
    }
}

fn line(name: &str, event: &Value) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or("-");
    let about = format!("{} {} {}", text("at"), text("plugin"), text("type"));
    match name {
        "plugin" => format!("{about} {}", text("data")),
        "breaker" => {
            let reason = event["reason"].as_str();
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            format!("{about} in {}{reason}", text("hook"))
        }
        _ => match event["missed"].as_u64() {
            Some(missed) => {
                format!("{missed} events are lost: they came too fast, or too long ago")
            }
            None => "events are lost: the server does not know the last one from before".to_owned(),
        },
    }
}
