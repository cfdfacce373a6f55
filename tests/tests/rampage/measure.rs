//! The effects that everybody else notices.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_tests::Client;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// The most that was seen.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) memory: u64,
    pub(crate) temporary_files: u64,
    answers: Vec<Duration>,
}

impl Measured {
    /// Looks at a process, and asks it for `/healthz`, until it is over.
    pub(crate) async fn until(over: Arc<AtomicBool>, process: u32, visitor: Client) -> Self {
        let mut measured = Self::default();
        while !over.load(Relaxed) {
            let begun = Instant::now();
            visitor.get("/healthz").await.expect(200);
            measured.answers.push(begun.elapsed());
            measured.memory = measured.memory.max(resident(process));
            measured.temporary_files = measured.temporary_files.max(unlinked(process));
            tokio::time::sleep(PAUSE).await;
        }
        measured.answers.sort_unstable();
        measured
    }

    /// Returns the time within which this share of the answers of `/healthz` came.
    pub(crate) fn answer(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a place in a list of thousands"
        )]
        let place = (share * self.answers.len() as f64) as usize;
        self.answers[place.min(self.answers.len() - 1)]
    }

    pub(crate) fn count(&self) -> usize {
        self.answers.len()
    }
}

fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() << 10
}

/// Bytes of the files that the process has open and that have no name any longer, as SQLite's
/// temporary ones.
fn unlinked(process: u32) -> u64 {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return 0;
    };
    open.flatten()
        .filter_map(|entry| fs::metadata(entry.path()).ok())
        .filter(|file| file.is_file() && file.nlink() == 0)
        .map(|file| file.len())
        .sum()
}
