//! The callers that wait for a slot.

use std::collections::VecDeque;

use tokio::sync::oneshot;

/// A caller's number: later callers have higher ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Callers in the order in which they came. The one whose turn has come is handed a `Claim`.
pub(crate) struct Queue<Claim> {
    callers: VecDeque<(Ticket, oneshot::Sender<Claim>)>,
    next: Ticket,
}

impl<Claim> Queue<Claim> {
    pub(crate) fn empty() -> Self {
        Self {
            callers: VecDeque::new(),
            next: Ticket(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.callers.len()
    }

    /// Joins the end of the queue. The receiver gets the claim, or an error when the queue is
    /// dismissed.
    pub(crate) fn join(&mut self) -> (Ticket, oneshot::Receiver<Claim>) {
        let (caller, claim) = oneshot::channel();
        let ticket = self.next;
        self.next = Ticket(ticket.0 + 1);
        self.callers.push_back((ticket, caller));
        (ticket, claim)
    }

    /// Leaves the queue, if the caller's turn has not come already.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        let position = self
            .callers
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket);
        if let Ok(position) = position {
            self.callers.remove(position);
        }
    }

    /// Takes out the caller who has waited longest.
    pub(crate) fn first(&mut self) -> Option<oneshot::Sender<Claim>> {
        let (_, caller) = self.callers.pop_front()?;
        Some(caller)
    }

    /// Takes out everybody; dropping what is returned sends them away.
    pub(crate) fn dismiss(&mut self) -> impl Sized + use<Claim> {
        std::mem::take(&mut self.callers)
    }
}
