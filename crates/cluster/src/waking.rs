//! Nodes wake each other, and look by themselves in between.
//!
//! A waking is sent on a connection without a transaction, after the commit that it is about. At
//! most one for each topic waits to be sent: whoever is woken looks at all that there is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use raisfast_db::{Database, DbError};
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Topic, options::Timing};

/// The channel of the database.
const CHANNEL: &str = "raisfast";

/// Counts of wakings, and those that are to be sent.
#[derive(Debug)]
pub(crate) struct Wakings {
    counts: [watch::Sender<u64>; Topic::ALL.len()],
    unsent: [AtomicBool; Topic::ALL.len()],
    send: Notify,
    /// The name by which a node knows its own messages.
    sender: Uuid,
}

impl Wakings {
    pub(crate) fn new() -> Self {
        Self {
            counts: Topic::ALL.map(|_| watch::Sender::new(0)),
            unsent: Topic::ALL.map(|_| AtomicBool::new(false)),
            send: Notify::new(),
            sender: Uuid::now_v7(),
        }
    }

    /// Returns the count of a topic.
    pub(crate) fn count(&self, topic: Topic) -> watch::Receiver<u64> {
        self.counts[topic as usize].subscribe()
    }

    /// Notes that the others are to be woken.
    pub(crate) fn wake_others(&self, topic: Topic) {
        self.unsent[topic as usize].store(true, Ordering::Release);
        self.send.notify_one();
    }

    /// Begins to send, to listen and to look, until it is stopped.
    pub(crate) fn start(
        this: &Arc<Self>,
        database: &Database,
        timing: Timing,
        stop: &CancellationToken,
    ) {
        let look = look(this.clone(), timing.polling);
        tokio::spawn(stop.clone().run_until_cancelled_owned(look));
        if timing.notifications && database.has_notifications() {
            let send = send(this.clone(), database.clone(), timing.patience);
            tokio::spawn(stop.clone().run_until_cancelled_owned(send));
            let listen = listen(this.clone(), database.clone(), timing.polling);
            tokio::spawn(stop.clone().run_until_cancelled_owned(listen));
        }
    }

    fn wake(&self, topic: Topic) {
        self.counts[topic as usize].send_modify(|count| *count += 1);
    }

    fn wake_all(&self) {
        for topic in Topic::ALL {
            self.wake(topic);
        }
    }

    fn message(&self, topic: Topic) -> String {
        format!("{} {}", self.sender, topic.name())
    }

    /// Takes a message of a node, perhaps of another version.
    fn take(&self, message: &str) {
        let Some((sender, topic)) = message.split_once(' ') else {
            return;
        };
        if sender == self.sender.to_string() {
            return;
        }
        if let Some(topic) = Topic::named(topic) {
            self.wake(topic);
        }
    }
}

/// Lets everybody look at regular times.
async fn look(wakings: Arc<Wakings>, every: Duration) {
    let mut looks = interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        wakings.wake_all();
    }
}

/// Sends what is to be sent.
async fn send(wakings: Arc<Wakings>, database: Database, patience: Duration) {
    loop {
        wakings.send.notified().await;
        for topic in Topic::ALL {
            if !wakings.unsent[topic as usize].swap(false, Ordering::AcqRel) {
                continue;
            }
            let message = wakings.message(topic);
            match timeout(patience, database.notify(CHANNEL, &message)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "the others are not woken"),
                Err(_) => tracing::debug!("the others are not woken: the database is busy"),
            }
        }
    }
}

/// Listens to the others.
async fn listen(wakings: Arc<Wakings>, database: Database, pause: Duration) {
    loop {
        if let Err(error) = listen_once(&wakings, &database).await {
            tracing::debug!(%error, "this server does not hear the others; it looks by itself");
        }
        sleep(pause).await;
    }
}

/// Listens until the connection is lost.
async fn listen_once(wakings: &Wakings, database: &Database) -> Result<(), DbError> {
    let Some(mut messages) = database.listen(CHANNEL).await? else {
        return Ok(());
    };
    // Before it listened, others may have called.
    wakings.wake_all();
    while let Some(message) = messages.next().await {
        match message? {
            Some(message) => wakings.take(&message),
            None => wakings.wake_all(),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_others_wake_and_ones_own_do_not() {
        let (own, other) = (Wakings::new(), Wakings::new());
        let counts = Topic::ALL.map(|topic| own.count(topic));
        own.take(&own.message(Topic::Plugins));
        for unknown in ["", "outbox", "somebody", "somebody tea"] {
            own.take(unknown);
        }
        assert!(counts.iter().all(|count| *count.borrow() == 0));
        own.take(&other.message(Topic::Plugins));
        let [outbox, plugins, events] = counts;
        assert_eq!(
            (*outbox.borrow(), *plugins.borrow(), *events.borrow()),
            (0, 1, 0)
        );
    }
}
