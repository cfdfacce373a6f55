//! `POST admin/plugins`: a plugin as a tar archive; and `POST admin/plugins/check`, what it would
//! be if it were installed.
//!
//! The body goes to a file as it comes, in a private folder beside those of plugins; the crate
//! `raisfast-plugins` does the rest.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
};
use futures::StreamExt;
use raisfast_plugins::{
    ArchiveError, InstallError, Installation, MAX_ARCHIVE_BYTES, NodeRelease, PluginStatus,
    PluginTerms, Plugins, ReleaseDigest, Staging,
};
use serde::Serialize;
use tokio::{fs::File, io::AsyncWriteExt, time::timeout};

use super::{Answer, plugins::with_last_runs};
use crate::{auth::Admin, connections::BodyMemory, problem::Problem};

/// The media type of the body.
const TAR: &str = "application/x-tar";
/// The longest time in which all of it may arrive.
const MOST_TIME: Duration = Duration::from_mins(10);

/// The answer to an installation.
#[derive(Serialize)]
pub(super) struct Installed {
    plugin: PluginStatus,
    /// The version before it, where there was one.
    replaced: Option<String>,
    /// The release that it is.
    release: ReleaseDigest,
    /// Every server of the site, and whether it serves there; empty where there can be only one.
    nodes: Vec<NodeRelease>,
}

/// Returns when the plugin serves; a large one may have to be compiled still.
pub(super) async fn install(
    _: Admin,
    State(plugins): State<Plugins>,
    request: Request,
) -> Answer<(StatusCode, Json<Installed>)> {
    let staging = receive_archive(&plugins, request).await?;
    let done = plugins.install(staging).await?;
    Ok(answer(&plugins, done).await)
}

/// Returns what the plugin in the body asks for, without installing it.
pub(super) async fn check(
    _: Admin,
    State(plugins): State<Plugins>,
    request: Request,
) -> Answer<Json<PluginTerms>> {
    let staging = receive_archive(&plugins, request).await?;
    Ok(Json(plugins.examine(staging).await?))
}

/// Returns the answer to what was installed.
pub(super) async fn answer(plugins: &Plugins, done: Installation) -> (StatusCode, Json<Installed>) {
    let code = match (&done.plugin.compiling, &done.replaced) {
        (Some(_), _) => StatusCode::ACCEPTED,
        (None, Some(_)) => StatusCode::OK,
        (None, None) => StatusCode::CREATED,
    };
    let installed = Installed {
        plugin: with_last_runs(plugins, done.plugin).await,
        replaced: done.replaced,
        release: done.release,
        nodes: done.nodes,
    };
    (code, Json(installed))
}

/// Begins an installation with the archive in a request's body.
pub(super) async fn receive_archive(plugins: &Plugins, request: Request) -> Answer<Staging> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind.as_bytes() != TAR.as_bytes()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be a tar archive: send it with `Content-Type: application/x-tar`",
        ));
    }
    let staging = plugins.begin_install()?;
    let memory = request.extensions().get::<BodyMemory>().cloned();
    timeout(MOST_TIME, receive(request.into_body(), memory, &staging))
        .await
        .map_err(|_| {
            Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "the archive did not arrive within {} s",
                    MOST_TIME.as_secs()
                ),
            )
        })??;
    Ok(staging)
}

/// Writes a body to the archive's place.
async fn receive(body: Body, memory: Option<BodyMemory>, staging: &Staging) -> Answer<()> {
    let unwritten = |error| Problem::from(InstallError::Folder(error));
    let mut file = File::create(staging.archive()).await.map_err(unwritten)?;
    let mut chunks = body.into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        bytes += chunk.len() as u64;
        if bytes > MAX_ARCHIVE_BYTES {
            return Err(InstallError::Archive(ArchiveError::TooLarge).into());
        }
        file.write_all(&chunk).await.map_err(unwritten)?;
        if let Some(memory) = &memory {
            memory.put_away(chunk.len() as u64);
        }
    }
    file.flush().await.map_err(unwritten)
}
