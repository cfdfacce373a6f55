//! `log` of `interface host-api`.

use super::Level;
use crate::{Session, rate::Allowance};

/// The most bytes of one log record's text; the rest is replaced with a mark.
const LOG_BYTES: usize = 8 << 10;

impl Session {
    /// `log`
    pub fn log(&self, level: &str, message: &str) {
        match self.plugin.rates.log_records.take() {
            Allowance::Granted => {}
            Allowance::FirstRefusal => {
                self.report_limit(
                    "log records a minute",
                    "log_records_per_minute",
                    self.plugin.quotas.log_records_per_minute,
                );
                return;
            }
            Allowance::Refused => return,
        }
        let level = Level::from_contract(level);
        if message.len() <= LOG_BYTES {
            self.record(level, message);
        } else {
            let cut = &message[..message.floor_char_boundary(LOG_BYTES)];
            self.record(
                level,
                &format!("{cut}… [cut: {} bytes in all]", message.len()),
            );
        }
    }
}
