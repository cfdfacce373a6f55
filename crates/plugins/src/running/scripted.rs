//! Plugins without wasm, for the tests of what follows what. The text of a folder's `plugin.wasm`
//! is their script:
//!
//! | word | meaning |
//! |---|---|
//! | `slow` | not in the cache: loading it waits for [`Scripted::compiler`] |
//! | `unfit` | its code cannot be loaded |
//! | `stillborn` | its instances cannot be made |
//! | `failing` | its calls fail |

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use raisfast_contract::{
    HookName, PluginId,
    hook::{FilterHtml, OnLogin, OnPostCreating},
};
use raisfast_health::Version;
use raisfast_hooks::{HandlerError, Subscription};
use raisfast_host_api::capability::Dialect;
use raisfast_manifest::Manifest;
use raisfast_runtime::{LoadError, Plugin, PoolStatus};
use tokio::sync::Semaphore;

use crate::{
    Ceilings, PluginLoadError,
    files::{
        folder::{PluginFolder, ReadManifest},
        source::{Code, Source},
    },
    running::{
        generation::{Generation, InUse, Instances, SubscribedHook, subscription_options},
        loader::{Loaded, Loader},
    },
};

/// A loader of scripts.
pub(super) struct Scripted {
    /// Each slow plugin takes a permit when it is compiled. There is none to begin with.
    pub(super) compiler: Semaphore,
    /// The versions that have ended, in that order.
    pub(super) closed: Arc<Mutex<Vec<String>>>,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            compiler: Semaphore::new(0),
            closed: Arc::default(),
        }
    }
}

/// The instances of a script.
pub(super) struct Script {
    version: String,
    is_failing: bool,
    closed: Arc<Mutex<Vec<String>>>,
}

/// A generation of a script.
pub(crate) fn generation(
    number: u64,
    manifest: Manifest,
    version: Version,
    is_failing: bool,
    closed: &Arc<Mutex<Vec<String>>>,
) -> Generation {
    let script = Script {
        version: manifest.plugin.version.to_string(),
        is_failing,
        closed: Arc::clone(closed),
    };
    let ceilings = Ceilings::default();
    Generation::new(number, version, manifest, None, &ceilings, Arc::new(script))
}

#[async_trait]
impl Loader for Scripted {
    async fn read(
        &self,
        folder: PluginFolder,
        manifest: ReadManifest,
    ) -> Result<Source, PluginLoadError> {
        let is_compiled = |code: &Code| !says(code.wasm(), "slow");
        Source::read(folder, manifest, Dialect::Sqlite, is_compiled).await
    }

    async fn load(
        &self,
        source: Source,
        begins: &(dyn Fn() + Send + Sync),
    ) -> Result<Loaded, PluginLoadError> {
        if !source.is_compiled {
            begins();
            let turn = self.compiler.acquire().await;
            turn.expect("the compiler is never closed").forget();
        }
        let failed = PluginLoadError::Wasm {
            entry: source.manifest.plugin.entry.clone(),
            source: LoadError::Compile {
                reason: "so says the script".to_owned(),
            },
        };
        if says(source.code.wasm(), "unfit") {
            return Err(failed);
        }
        let closed = Arc::clone(&self.closed);
        let Source {
            manifest,
            code,
            version,
            ..
        } = source;
        Ok(Loaded::new(
            manifest.plugin.id.clone(),
            async move |number| {
                if says(code.wasm(), "stillborn") {
                    return Err(failed);
                }
                let is_failing = says(code.wasm(), "failing");
                Ok(generation(number, manifest, version, is_failing, &closed))
            },
        ))
    }
}

#[async_trait]
impl Instances for Script {
    fn subscription(
        self: Arc<Self>,
        plugin: &PluginId,
        name: HookName,
        subscribed: &SubscribedHook,
        in_use: &Arc<InUse>,
    ) -> Subscription {
        let options = subscription_options(&subscribed.entry);
        let in_use = Arc::clone(in_use);
        match name {
            HookName::OnLogin => {}
            // What a script guards it lets pass.
            HookName::OnPostCreating => {
                let keep = |_| async { Ok(None) };
                return Subscription::new::<OnPostCreating>(
                    plugin.clone(),
                    options,
                    Arc::new(keep),
                );
            }
            HookName::FilterHtml => {
                let keep = |_| async { Ok(None) };
                return Subscription::new::<FilterHtml>(plugin.clone(), options, Arc::new(keep));
            }
            other => panic!("a script does not subscribe to {other}"),
        }
        let handler = move |_| {
            let _in_use = &in_use;
            let outcome = if self.is_failing {
                Err(HandlerError::new(format!("{} fails", self.version)))
            } else {
                Ok(())
            };
            async { outcome }
        };
        Subscription::new::<OnLogin>(plugin.clone(), options, Arc::new(handler))
    }

    fn pool(&self) -> PoolStatus {
        PoolStatus {
            size: 0,
            idle: 0,
            busy: 0,
            waiting: 0,
            created: 0,
            discarded: 0,
            retired: 0,
            failed: 0,
        }
    }

    async fn close(self: Arc<Self>) {
        let mut closed = self.closed.lock().unwrap();
        closed.push(self.version.clone());
    }

    fn plugin(self: Arc<Self>) -> Option<Arc<Plugin>> {
        None
    }
}

fn says(script: &[u8], word: &str) -> bool {
    str::from_utf8(script)
        .unwrap()
        .split(' ')
        .any(|said| said == word)
}
