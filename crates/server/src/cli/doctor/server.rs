//! The running server, or the room for one.

use std::{net::TcpListener, time::Duration};

use reqwest::StatusCode;
use tokio::time::timeout;

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};
use crate::{cli::running_server::RunningServer, operator_socket::path_in};

/// The time in which a server that is well answers.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn look(subject: &Subject) -> Outcome {
    let findings = match &subject.running {
        Some(server) => unwell(server).await,
        None => in_the_way(subject),
    };
    findings.into_iter().collect()
}

async fn unwell(server: &RunningServer) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, why) in [
        ("healthz", "the process does not answer at all"),
        (
            "readyz",
            "requests fail: the database does not answer, or the server shuts down",
        ),
    ] {
        let found = match timeout(PATIENCE, server.probe(path)).await {
            Ok(Ok((StatusCode::OK, _))) => continue,
            Ok(Ok((status, body))) => format!("GET /{path} returns {status}: {}", body.trim()),
            Ok(Err(error)) => format!("GET /{path} fails: {error}"),
            Err(_) => format!("GET /{path} has no answer after {} s", PATIENCE.as_secs()),
        };
        findings.push(Finding::new(
            found,
            why,
            "journalctl --unit raisfast --since -1h\n(then restart it)",
        ));
    }
    findings
}

/// Returns what keeps a server from starting, or has ended the last one.
fn in_the_way(subject: &Subject) -> Vec<Finding> {
    let config = &subject.site.config;
    let mut findings = Vec::new();
    let socket = path_in(&config.data_dir);
    if std::fs::symlink_metadata(&socket).is_ok() {
        findings.push(Finding::new(
            format!(
                "the last server has ended without stopping: {} is left",
                socket.display()
            ),
            "it crashed, was killed, or ran out of memory; nothing that was answered is lost",
            "journalctl --unit raisfast --lines 50\n(says why it ended; then raisfast serve)",
        ));
    }
    // Port 0 takes a free one.
    if config.addr.port() != 0
        && let Err(error) = TcpListener::bind(config.addr)
    {
        findings.push(Finding::new(
            format!(
                "no server runs on this data folder, and none can listen on {}: {error}",
                config.addr
            ),
            "`raisfast serve` fails until the address is free",
            format!(
                "ss -ltnp 'sport = :{}'\n(shows who listens there), or another --addr",
                config.addr.port()
            ),
        ));
    }
    findings
}
