//! The history of a value on its way through a chain of filters.

use std::sync::Arc;

use raisfast_contract::PluginId;

/// A value that has been through the chain, with the steps that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered<Value: ?Sized> {
    /// The value at the end of the chain.
    pub value: Arc<Value>,
    /// The plugins that changed the value or failed to, in the order of their calls. A plugin that
    /// left the value as it was is not among them.
    pub steps: Vec<Step>,
}

/// One plugin's part in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The plugin.
    pub plugin: PluginId,
    /// The result of its call.
    pub outcome: StepOutcome,
}

/// The effect of one plugin on the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It changed these fields, given as JSON pointers.
    Changed(Vec<String>),
    /// The call failed, or its answer was refused: the value stayed as it was.
    Failed,
    /// It is paused, or not ready, and was not called: the value stayed as it was.
    Paused,
}
