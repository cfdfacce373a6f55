//! `emit-event` of `interface host-api`.

use crate::{
    ApiError, ErrorCode, Session,
    session::{NAME_BYTES, answer},
};

/// The most bytes of an event's data.
const EVENT_BYTES: usize = 64 << 10;

impl Session {
    /// `emit-event`
    pub fn emit_event(&self, event_type: &str, data: &str) -> String {
        answer(
            self.emit(event_type, data)
                .map(|()| serde_json::json!({"ok": true})),
        )
    }

    fn emit(&self, event_type: &str, data: &str) -> Result<(), ApiError> {
        let invalid = |message: String| ApiError::new(ErrorCode::InvalidArgument, message);
        if event_type.is_empty()
            || event_type.len() > NAME_BYTES
            || event_type.chars().any(char::is_control)
        {
            return Err(invalid(format!(
                "an event's type is 1 to {NAME_BYTES} bytes without control characters"
            )));
        }
        if data.len() > EVENT_BYTES {
            return Err(invalid(format!(
                "an event's data is at most {EVENT_BYTES} bytes; this is {}",
                data.len()
            )));
        }
        let allowance = self.plugin.rates.events.take();
        let limit = self.plugin.quotas.events_per_minute;
        self.within(allowance, "events a minute", "events_per_minute", limit)?;
        self.plugin
            .capabilities
            .events
            .emit(&self.plugin.id, event_type, data);
        Ok(())
    }
}
