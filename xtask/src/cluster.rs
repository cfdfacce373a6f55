//! `cluster`: several servers of one site on this machine, to try what happens to them.

use std::{net::SocketAddr, process::Command};

use anyhow::Result;
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, setup, workspace};

/// The samples that are installed, once for all servers.
const SAMPLES: [&str; 4] = ["comment-guard", "digest", "markdown", "seo"];

/// Start several servers of one site with a private PostgreSQL and bucket and a load balancer,
/// install the samples by one command each, and say what to try.
///
/// Ends with Ctrl-C, and leaves nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask cluster
  cargo xtask cluster --nodes 5 --addr 127.0.0.1:9000")]
pub(crate) struct Cluster {
    /// Number of servers, 1 to 9
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: u8,
    /// Address of the load balancer
    #[arg(long, default_value = "127.0.0.1:8787")]
    addr: SocketAddr,
}

impl Cluster {
    pub(crate) fn run(self) -> Result<()> {
        BuildPlugins::default().run()?;
        setup::databases()?;
        let mut cargo = workspace::cargo();
        // Of the whole workspace, as `test` builds it.
        cargo.args(["build", "--workspace"]);
        cargo.args(["--bin", "try-cluster", "--bin", "raisfast-under-test"]);
        process::run("Building the servers", &mut cargo)?;
        let target = workspace::root().join("target");
        let mut servers = Command::new(target.join("debug/try-cluster"));
        servers.args([self.nodes.to_string(), self.addr.to_string()]);
        servers.args(SAMPLES.map(|sample| target.join("plugins").join(sample)));
        process::run("Starting the site", &mut servers)
    }
}
