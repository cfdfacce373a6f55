//! The callers that wait for a slot.

use std::collections::VecDeque;

use tokio::sync::oneshot;

/// A caller's number: who came later has a higher one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Callers in the order in which they came. A `Turn` is what is handed to the one whose turn has
/// come.
pub(crate) struct Line<Turn> {
    callers: VecDeque<(Ticket, oneshot::Sender<Turn>)>,
    next: Ticket,
}

impl<Turn> Line<Turn> {
    pub(crate) fn empty() -> Self {
        Self {
            callers: VecDeque::new(),
            next: Ticket(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.callers.len()
    }

    /// Stands at the end of the line. The receiver gets the turn, or an error when the line is
    /// dismissed.
    pub(crate) fn join(&mut self) -> (Ticket, oneshot::Receiver<Turn>) {
        let (caller, turn) = oneshot::channel();
        let ticket = self.next;
        self.next = Ticket(ticket.0 + 1);
        self.callers.push_back((ticket, caller));
        (ticket, turn)
    }

    /// Gives up a place in line; nothing if the caller's turn has come already.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        let place = self
            .callers
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket);
        if let Ok(place) = place {
            self.callers.remove(place);
        }
    }

    /// Takes out the caller who has waited longest.
    pub(crate) fn first(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (_, caller) = self.callers.pop_front()?;
        Some(caller)
    }

    /// Takes out everybody; dropping what is returned sends them away.
    pub(crate) fn dismiss(&mut self) -> impl Sized + use<Turn> {
        std::mem::take(&mut self.callers)
    }
}
