//! The view for a person while it measures: a bar on a terminal, a line per scenario elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Steps of one scenario's progress.
const STEPS: u64 = 100;

/// The progress of a run.
pub(crate) struct Screen {
    bar: ProgressBar,
    scenarios: usize,
    begun: usize,
}

impl Screen {
    /// Before the first of this many scenarios.
    pub(crate) fn new(scenarios: usize) -> Self {
        let bar = ProgressBar::new(STEPS);
        let style = "{spinner} {prefix} [{bar:20}] {msg} ({elapsed})";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is valid"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            scenarios,
            begun: 0,
        }
    }

    /// The next scenario begins.
    pub(crate) fn scenario(&mut self, name: &str) {
        self.begun += 1;
        self.bar.reset();
        self.bar
            .set_prefix(format!("{}/{}", self.begun, self.scenarios));
        if self.bar.is_hidden() {
            println!("{}/{}  {name}", self.begun, self.scenarios);
        }
    }

    /// So much of it, between 0 and 1, is done.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "between 0 and STEPS"
    )]
    pub(crate) fn progress(&self, what: &str, done: f64) {
        self.bar.set_message(what.to_owned());
        self.bar
            .set_position((done.clamp(0.0, 1.0) * STEPS as f64) as u64);
    }

    /// All is measured.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
