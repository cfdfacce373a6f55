//! A file that is said to be a plugin.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use raisfast_contract::HookName;
use raisfast_runtime::{LoadError, Program, Runtime, RuntimeOptions};

/// A file is loaded or refused, in words, and the same way each time: compiled, and from the cache.
/// A loaded file has the hooks that it says, and imports only what the contract holds.
pub(crate) fn component(input: &[u8]) {
    static PLACE: LazyLock<Mutex<Place>> = LazyLock::new(|| Mutex::new(Place::new()));
    PLACE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .check(input);
}

/// Two engines that should say the same, one of them with a cache.
struct Place {
    compiles: Runtime,
    keeps: Runtime,
    cache: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let options = RuntimeOptions {
            max_instances: 4,
            ..RuntimeOptions::default()
        };
        let cache = tempfile::tempdir().expect("a temporary folder");
        Self {
            compiles: Runtime::new(options.clone()).expect("an engine"),
            keeps: Runtime::new(RuntimeOptions {
                cache: Some(cache.path().join("aot")),
                ..options
            })
            .expect("an engine"),
            cache,
        }
    }

    fn check(&self, input: &[u8]) {
        let none = BTreeSet::new();
        let program = match self.compiles.load(input, &none) {
            Ok(program) => program,
            Err(error) => return refused(&error),
        };
        let exported = program.exported_hooks();
        for import in program.imported_functions() {
            assert!(import.contains('/'), "{import}");
        }
        // A hook's parameters may not be those of the contract; then it says so.
        match self.compiles.load(input, &exported) {
            Ok(program) => assert_eq!(*program.hooks(), exported),
            Err(error) => assert!(matches!(error, LoadError::Mismatch(_)), "{error}"),
        }
        let lacks: BTreeSet<HookName> = HookName::ALL
            .into_iter()
            .filter(|hook| !exported.contains(hook))
            .collect();
        if !lacks.is_empty() {
            assert!(
                matches!(
                    self.compiles.load(input, &lacks),
                    Err(LoadError::Mismatch(_))
                ),
                "a hook that it does not export is missed"
            );
        }
        for _ in 0..2 {
            let kept = self.keeps.load(input, &none).expect("it was loaded before");
            assert_eq!(facts(&kept), facts(&program));
        }
        for entry in std::fs::read_dir(self.cache.path().join("aot")).expect("the cache") {
            let _ = std::fs::remove_file(entry.expect("an entry").path());
        }
    }
}

fn facts(program: &Program) -> (BTreeSet<HookName>, BTreeSet<String>) {
    (program.exported_hooks(), program.imported_functions())
}

fn refused(error: &LoadError) {
    let shown = error.to_string();
    assert!(!shown.is_empty());
    assert!(shown.len() <= 64 << 10, "a reason of {} bytes", shown.len());
}
