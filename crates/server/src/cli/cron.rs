//! `raisfast cron run`

use super::{CronRun, running_server::post_as_admin};

pub(super) async fn run(entry: CronRun) -> anyhow::Result<()> {
    let path = format!("admin/cron/{}/{}", entry.plugin, entry.job_type);
    post_as_admin(entry.server, &path).await?;
    say!("{} of {} has run", entry.job_type, entry.plugin);
    Ok(())
}
