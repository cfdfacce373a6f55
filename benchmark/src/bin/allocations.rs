//! Prints how many allocations a hook call makes that no plugin subscribes to.

use anyhow::Result;
use raisfast_benchmark::contenders::{Snapshot, Unheard};

fn main() -> Result<()> {
    let unheard = Unheard::new(Snapshot::OfCall);
    // The first snapshot on a thread sets up what later ones reuse.
    unheard.call()?;
    let mut called = Ok(());
    let counted = allocation_counter::measure(|| called = unheard.call().map(drop));
    called?;
    println!("{}", counted.count_total);
    Ok(())
}
