//! Who made what of a value on its way through a chain of filters.

use std::sync::Arc;

use raisfast_contract::PluginId;

/// A value that has been through the chain, and what became of it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered<Value: ?Sized> {
    /// What came out.
    pub value: Arc<Value>,
    /// The plugins that changed it or failed to, in the order of their calls. One that left it as it was is
    /// not among them.
    pub steps: Vec<Step>,
}

/// What one plugin did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The plugin.
    pub plugin: PluginId,
    /// What it did.
    pub outcome: StepOutcome,
}

/// What a plugin did to the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It changed these fields, given as JSON pointers.
    Changed(Vec<String>),
    /// Its call failed, or its answer was refused: the value stayed as it was.
    Failed,
    /// It is paused, or not ready, and was not called: the value stayed as it was.
    Paused,
}
