//! The memory of releases: each version of a plugin that was installed, kept once, and the one that
//! every server of the site has to run.

use std::fmt;

use async_trait::async_trait;
use raisfast_contract::PluginId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::RememberNothing;

/// The name of a release: the SHA-256 of the archive that [`pack`](crate::pack) makes of its
/// folder, which is the same for equal files on every server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ReleaseDigest(String);

impl ReleaseDigest {
    /// The digest of an archive.
    pub(crate) fn of(archive: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(archive)))
    }

    /// Returns the digest that a memory has kept.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// Returns it in hexadecimal, 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A version of a plugin that was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The release's name.
    pub digest: ReleaseDigest,
    /// The plugin's id.
    pub plugin: PluginId,
    /// The version, as its manifest says. Several releases may have the same.
    pub version: String,
    /// Bytes of its archive.
    pub bytes: u64,
    /// When it was installed last, RFC 3339.
    pub installed_at: String,
    /// True while its files are kept: it can be desired again.
    pub is_kept: bool,
}

/// The release of a plugin that every server has to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The plugin's id.
    pub plugin: PluginId,
    /// The release; absent where the plugin is to be removed.
    pub digest: Option<ReleaseDigest>,
    /// Counts the wishes for this plugin, from 1.
    pub revision: i64,
}

/// A server of the site, and how far it is with a plugin's release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeRelease {
    /// The server's name.
    pub node: String,
    /// The revision of the desired release that it has taken; absent if it has taken none.
    pub revision: Option<i64>,
    /// The reason why that does not serve there, if it does not.
    pub problem: Option<String>,
}

/// The releases of a plugin, and how far each server is with the desired one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginReleases {
    /// The release that every server has to run; absent where the plugin was removed, or was never
    /// installed as a release.
    pub desired: Option<ReleaseDigest>,
    /// The number of the wish for it; absent where it was never installed as a release.
    pub revision: Option<i64>,
    /// The releases, the last that was installed first.
    pub releases: Vec<Release>,
    /// Every server that lives.
    pub nodes: Vec<NodeRelease>,
}

/// Remembers releases, for every server of the site.
#[async_trait]
pub trait Releases: Send + Sync {
    /// Keeps a release and its archive, and returns true if it was not known.
    async fn keep(&self, release: &Release, archive: &[u8]) -> Result<bool, ReleaseError>;

    /// Forgets a release that serves nowhere.
    async fn forget(&self, digest: &ReleaseDigest) -> Result<(), ReleaseError>;

    /// Returns the archive of a release, if it is kept.
    async fn archive(&self, digest: &ReleaseDigest) -> Result<Option<Vec<u8>>, ReleaseError>;

    /// Returns the releases of a plugin, the last that was installed first.
    async fn of(&self, plugin: &PluginId) -> Result<Vec<Release>, ReleaseError>;

    /// Returns the desired release of each plugin that was ever installed as one.
    async fn desired(&self) -> Result<Vec<Desired>, ReleaseError>;

    /// Makes a release the desired one, or none, and returns the revision of this wish. The release
    /// counts as installed now. Archives of old releases are dropped.
    async fn desire(
        &self,
        plugin: &PluginId,
        digest: Option<&ReleaseDigest>,
    ) -> Result<i64, ReleaseError>;

    /// Notes that this server has taken what is desired, or why that does not serve here.
    async fn report(
        &self,
        plugin: &PluginId,
        revision: i64,
        problem: Option<&str>,
    ) -> Result<(), ReleaseError>;

    /// Returns every server that lives, and how far it is.
    async fn nodes(&self, plugin: &PluginId) -> Result<Vec<NodeRelease>, ReleaseError>;
}

/// The memory of releases cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("releases of plugins cannot be read or kept: {0}")]
pub struct ReleaseError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[async_trait]
impl Releases for RememberNothing {
    async fn keep(&self, _release: &Release, _archive: &[u8]) -> Result<bool, ReleaseError> {
        Ok(true)
    }

    async fn forget(&self, _digest: &ReleaseDigest) -> Result<(), ReleaseError> {
        Ok(())
    }

    async fn archive(&self, _digest: &ReleaseDigest) -> Result<Option<Vec<u8>>, ReleaseError> {
        Ok(None)
    }

    async fn of(&self, _plugin: &PluginId) -> Result<Vec<Release>, ReleaseError> {
        Ok(Vec::new())
    }

    async fn desired(&self) -> Result<Vec<Desired>, ReleaseError> {
        Ok(Vec::new())
    }

    async fn desire(
        &self,
        _plugin: &PluginId,
        _digest: Option<&ReleaseDigest>,
    ) -> Result<i64, ReleaseError> {
        Ok(1)
    }

    async fn report(
        &self,
        _plugin: &PluginId,
        _revision: i64,
        _problem: Option<&str>,
    ) -> Result<(), ReleaseError> {
        Ok(())
    }

    async fn nodes(&self, _plugin: &PluginId) -> Result<Vec<NodeRelease>, ReleaseError> {
        Ok(Vec::new())
    }
}
