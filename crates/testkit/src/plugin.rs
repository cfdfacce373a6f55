//! A plugin under test.
//!
//! It begins with [`Sandbox::load`](crate::Sandbox::load), with all its instances made, and ends
//! when it is dropped; everything that it has stored goes with it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::{DateTime, Utc};
use raisfast_content::FilterRules;
use raisfast_contract::{
    Delivery, Hook, PostOutput,
    hook::{Action, OnCronTick},
};
use raisfast_db::{Database, entity::plugin_data};
use raisfast_host_api::{
    ApiError,
    capability::{self, Db, RowLimits, Vfs},
};
use raisfast_manifest::{HookEntry, Manifest};
use raisfast_plugins::{Ceilings, tick_payload};
use raisfast_runtime::{GuestHook, Plugin};
use raisfast_vfs::VfsStore;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    CallError, Event, LogEntry, PostError, Request, Row, posts,
    providers::{Journal, RecordedHttp},
};

/// A plugin in its sandbox: call its hooks, then look at what it has left behind.
pub struct SandboxedPlugin {
    pub(crate) plugin: Plugin,
    pub(crate) manifest: Manifest,
    pub(crate) ceilings: Ceilings,
    pub(crate) database: Database,
    pub(crate) files: Arc<VfsStore>,
    pub(crate) http: Arc<RecordedHttp>,
    pub(crate) journal: Arc<Journal>,
}

/// Calls.
impl SandboxedPlugin {
    /// Calls a filter with a value, and takes its answer as a server does: by the same rules, and
    /// with its slug in order. `None` keeps the value, as the contract has it. [`Self::call`] gives
    /// the answer as it came.
    pub async fn filter<H: FilterRules + GuestHook>(
        &self,
        value: impl Into<Arc<H::Value>>,
    ) -> Result<Option<H::Answer>, CallError> {
        let params = (value.into(),);
        self.entry::<H>(&params)?;
        H::submitted(&params.0).map_err(|reason| CallError::InvalidInput {
            hook: H::NAME,
            reason,
        })?;
        let answer = self.call::<H>(params.clone()).await?;
        let taken = answer.map(|answer| H::accepted(&params.0, answer));
        taken
            .transpose()
            .map_err(|reason| CallError::InvalidAnswer { reason })
    }

    /// Calls any hook with its parameters, each shared, as a tuple. The deadline is the one that
    /// the manifest asks for. A call that fails costs the plugin the instance, with what it
    /// remembers.
    pub async fn call<H: GuestHook>(&self, params: H::Params) -> Result<H::Output, CallError> {
        self.call_for::<H>(params, None).await
    }

    /// Calls an action as the outbox does, as this delivery. An action that is called twice with
    /// the same delivery should do no more than one that is called once.
    pub async fn deliver<H: Action + GuestHook>(
        &self,
        params: <H as Hook>::Params,
        delivery: &Delivery,
    ) -> Result<(), CallError> {
        self.call_for::<H>(params, Some(delivery)).await
    }

    async fn call_for<H: GuestHook>(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
    ) -> Result<H::Output, CallError> {
        let entry = self.entry::<H>(&params)?;
        let limit = self.ceilings.timeout(&self.manifest, &entry);
        let call = self.plugin.call::<H>(params, delivery, limit);
        Ok(call.output().await?)
    }

    /// Returns the manifest's entry for a hook for which a server would call the plugin with these
    /// parameters.
    fn entry<H: Hook>(&self, params: &H::Params) -> Result<HookEntry, CallError> {
        let mut hooks = self.manifest.subscriptions();
        let entry = hooks
            .remove(&H::NAME)
            .ok_or(CallError::NotSubscribed { hook: H::NAME })?;
        let types = &entry.content_types;
        match H::content_type(params) {
            Some(found) if !types.is_empty() && !types.iter().any(|wanted| wanted == found) => {
                Err(CallError::OtherContentType {
                    hook: H::NAME,
                    found: found.to_owned(),
                })
            }
            _ => Ok(entry),
        }
    }

    /// Fires the cron entry with this `job_type`, as if it was due now.
    pub async fn fire_cron(&self, job_type: &str) -> Result<(), CallError> {
        self.fire_cron_at(job_type, Utc::now()).await
    }

    /// Fires the cron entry with this `job_type`, as if it was due at that time.
    pub async fn fire_cron_at(
        &self,
        job_type: &str,
        scheduled_at: DateTime<Utc>,
    ) -> Result<(), CallError> {
        let entries = &self.manifest.cron;
        let entry = entries.iter().find(|entry| entry.job_type == job_type);
        let entry = entry.ok_or_else(|| CallError::UnknownJob {
            found: job_type.to_owned(),
            known: entries.iter().map(|entry| entry.job_type.clone()).collect(),
        })?;
        let payload = tick_payload(entry, scheduled_at);
        self.call::<OnCronTick>((Arc::new(Some(payload)),)).await
    }
}

/// The world around the plugin, while it runs.
impl SandboxedPlugin {
    /// Stores a further post, as [`Sandbox::with_post`](crate::Sandbox::with_post) does.
    pub async fn add_post(&self, post: PostOutput) -> Result<(), PostError> {
        posts::store(&self.database, post).await
    }

    /// Runs one SELECT on the server's schema, with the test's rights: no grant is asked.
    pub async fn query(&self, sql: &str) -> Result<Vec<Row>, ApiError> {
        let limits = RowLimits {
            rows: u64::MAX,
            bytes: u64::MAX,
            memory: u64::MAX,
        };
        let rows = Db::query(&self.database, sql, &[], limits).await?;
        Ok(rows.into_iter().map(capability::Row::into_json).collect())
    }

    /// Runs one INSERT, UPDATE or DELETE, with the test's rights: no grant is asked. Returns the
    /// number of rows affected.
    pub async fn execute(&self, sql: &str) -> Result<u64, ApiError> {
        Db::execute(&self.database, sql, &[]).await
    }
}

/// The data that the plugin has left behind.
impl SandboxedPlugin {
    /// Every file of the plugin's own tree: path to text.
    ///
    /// # Panics
    ///
    /// When the store in memory fails, which is this crate's fault.
    pub async fn files(&self) -> BTreeMap<String, String> {
        let id = &self.manifest.plugin.id;
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let names = self.files.list(id, folder.trim_end_matches('/')).await;
            for name in names.expect("a folder is listed").unwrap_or_default() {
                let path = format!("{folder}{name}");
                if path.ends_with('/') {
                    folders.push(path);
                    continue;
                }
                let text = self.files.read(id, &path).await.expect("a file is read");
                files.insert(path, text.unwrap_or_default());
            }
        }
        files
    }

    /// Every value of the plugin's own key-value store.
    ///
    /// # Panics
    ///
    /// When the database in memory fails, which is this crate's fault.
    pub async fn data(&self) -> BTreeMap<String, String> {
        let id = self.manifest.plugin.id.as_str();
        let values = plugin_data::Entity::find()
            .filter(plugin_data::Column::PluginId.eq(id))
            .all(self.database.connection())
            .await
            .expect("the plugin's data is read");
        values
            .into_iter()
            .map(|entry| (entry.key, entry.value))
            .collect()
    }

    /// Every log record so far: the plugin's own, and the host's about it, such as what was denied
    /// and why.
    pub fn logs(&self) -> Vec<LogEntry> {
        self.journal.logs()
    }

    /// The texts of [`Self::logs`].
    pub fn messages(&self) -> Vec<String> {
        self.logs().into_iter().map(|entry| entry.message).collect()
    }

    /// Every event so far.
    pub fn events(&self) -> Vec<Event> {
        self.journal.events()
    }

    /// Every granted request so far, answered or not. What was refused is in the log.
    pub fn requests(&self) -> Vec<Request> {
        self.http.requests()
    }

    /// The manifest, as it was understood.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl fmt::Debug for SandboxedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxedPlugin")
            .field("id", &self.manifest.plugin.id)
            .field("logs", &self.logs())
            .finish_non_exhaustive()
    }
}
