//! Tell the host why a call ends.
//!
//! On wasm32-unknown-unknown a panic is a bare trap: message and place are lost unless the guest
//! hands them over first.

use std::{panic, sync::Once};

use crate::host_api;

/// Log every panic of this instance. The first call counts, later ones cost a load.
pub(crate) fn report_to_host() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // `raisfast plugin check` reads in the code which hooks are defaults; see `hooks`.
        std::hint::black_box("raisfast-sdk marks its defaults;");
        panic::set_hook(Box::new(|panic| {
            // "panicked at <place>:", a line break, the message; a log record is one line.
            host_api::log("error", &panic.to_string().replacen('\n', " ", 1));
        }));
    });
}
