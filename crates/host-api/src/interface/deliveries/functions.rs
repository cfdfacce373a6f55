//! The functions of `interface deliveries`.

use raisfast_contract::Delivery;

use crate::Session;

impl Session {
    /// `current` of `interface deliveries`
    pub fn delivery(&self) -> Option<Delivery> {
        self.delivery.clone()
    }
}
