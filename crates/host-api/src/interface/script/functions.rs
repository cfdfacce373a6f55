//! The functions of `interface script`.

use raisfast_contract::{ScriptFailure, ScriptFile};

use crate::Session;

impl Session {
    /// `entry`: empty where there is no script.
    pub fn script_entry(&self) -> String {
        let script = self.script.as_ref();
        script
            .map(|script| script.entry.clone())
            .unwrap_or_default()
    }

    /// `files`: none where there is no script.
    pub fn script_files(&self) -> Vec<ScriptFile> {
        let script = self.script.as_ref();
        script
            .map(|script| script.files.clone())
            .unwrap_or_default()
    }

    /// `fail`: keeps the reason for when the interpreter has trapped. It may be of any length and
    /// hold any characters.
    pub fn fail_script(&mut self, failure: ScriptFailure) {
        self.script_failure = Some(failure.bounded());
    }

    /// Returns the reason that the interpreter gave for the trap of the call that has ended.
    pub fn take_script_failure(&mut self) -> Option<ScriptFailure> {
        self.script_failure.take()
    }
}
