//! The function of `interface refusals`.

use raisfast_contract::{
    HookKind, HookName, Refusal, is_json_pointer, is_printable, printable_within,
};

use crate::{Session, capability::Level};

impl Session {
    /// `refuse`. What it is given may be of any length and hold any characters.
    pub fn refuse(&mut self, pointer: Option<String>, message: &str) {
        self.refuse_as(Refusal::STATUS, pointer, message);
    }

    /// `script/refuse`: the same with a status, if it is one with which a request is refused.
    pub fn refuse_as(&mut self, status: u16, pointer: Option<String>, message: &str) {
        if self.hook().map(HookName::kind) != Some(HookKind::Filter) {
            self.report(
                Level::Warn,
                "refuse does nothing here: only a filter that is called before something is stored can refuse it",
            );
            return;
        }
        if self.refusals.len() == Refusal::MOST {
            self.report(
                Level::Warn,
                &format!(
                    "refuse was called more than {} times in one call; the rest is left out",
                    Refusal::MOST
                ),
            );
            return;
        }
        let pointer = pointer.filter(|pointer| {
            let is_pointer = is_pointer(pointer);
            if !is_pointer {
                self.report(
                    Level::Warn,
                    "refuse: the pointer is not a JSON pointer (RFC 6901) of at most 512 bytes, such as /title, \
                     and is left out",
                );
            }
            is_pointer
        });
        let message = printable_within(message, Refusal::MAX_MESSAGE_BYTES);
        let is_a_refusal = (400..500).contains(&status);
        self.refusals.push(Refusal {
            pointer,
            message,
            status: if is_a_refusal {
                status
            } else {
                Refusal::STATUS
            },
        });
    }

    /// Returns true if the call that has returned refuses its request.
    #[inline]
    pub fn has_refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// Returns the reasons for which the call that has returned refuses its request.
    pub fn take_refusals(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.refusals)
    }
}

fn is_pointer(text: &str) -> bool {
    text.len() <= Refusal::MAX_POINTER_BYTES
        && is_json_pointer(text)
        && text.chars().all(is_printable)
}
