//! What every way of handing out rights must do, with two nodes on one storage.
//!
//! Deliberately measures no time: a right that ends is asked for until it is free.

use super::{Reason, fail, same};
use crate::ledger::lease::Leases;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any run.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(30);
/// Asked so often, a little apart, whether a short right has ended.
const ASKED: usize = 1000;
/// Rights that both nodes ask for at once.
const RACES: usize = 20;

/// The nodes, with a name that nobody used yet.
pub(super) type Nodes = [Arc<dyn Leases>; 2];

pub(super) async fn a_right_has_one_holder_until_it_is_given_back([a, b]: Nodes) -> Result<(), Reason> {
    let first = a.take("signer", LONG).await?.ok_or("a free right was not given")?;
    same("the other node", b.take("signer", LONG).await?, None)?;
    same("kept for longer", a.take("signer", LONG).await?, Some(first))?;
    same("another right", b.take("daily", LONG).await?.is_some(), true)?;
    b.release("signer").await?;
    same("given back by a stranger", b.take("signer", LONG).await?, None)?;
    a.release("signer").await?;
    a.release("signer").await?;
    let second = b.take("signer", LONG).await?.ok_or("a right given back is not free")?;
    same("the node before", a.take("signer", LONG).await?, None)?;
    match second > first {
        true => Ok(()),
        false => fail(format!("the fence does not rise: {second} after {first}")),
    }
}

pub(super) async fn a_right_ends_and_who_slept_is_refused([a, b]: Nodes) -> Result<(), Reason> {
    let first = a.take("erasing", SHORT).await?.ok_or("a free right was not given")?;
    same("no position yet", a.position("erasing").await?, None)?;
    let second = until_free(&*b, "erasing").await?;
    if second <= first {
        return fail(format!("the fence does not rise: {second} after {first}"));
    }
    same("position of the new holder", b.advance("erasing", second, 7).await?, true)?;
    same("position of who slept", a.advance("erasing", first, 99).await?, false)?;
    same("the right of who slept", a.take("erasing", LONG).await?, None)?;
    a.release("erasing").await?;
    same("given back by who slept", a.take("erasing", LONG).await?, None)?;
    for node in [&a, &b] {
        same("position", node.position("erasing").await?, Some(7))?;
    }
    b.release("erasing").await?;
    let third = a.take("erasing", LONG).await?.ok_or("a right given back is not free")?;
    same("position after the change", a.position("erasing").await?, Some(7))?;
    same("position of the node before", b.advance("erasing", second, 8).await?, false)?;
    same("position of the third", a.advance("erasing", third, 9).await?, true)?;
    same("position", b.position("erasing").await?, Some(9))
}

pub(super) async fn of_two_that_ask_at_once_one_gets_the_right([a, b]: Nodes) -> Result<(), Reason> {
    for n in 0..RACES {
        let ask = |node: &Arc<dyn Leases>| {
            let node = Arc::clone(node);
            tokio::spawn(async move { node.take(&format!("race {n}"), LONG).await })
        };
        let (one, other) = (ask(&a), ask(&b));
        let mut holders = 0;
        for asked in [one, other] {
            let answer = asked.await.map_err(|e| e.to_string())?;
            holders += usize::from(answer?.is_some());
        }
        same("holders", holders, 1)?;
    }
    Ok(())
}

async fn until_free(node: &dyn Leases, name: &str) -> Result<u64, Reason> {
    for _ in 0..ASKED {
        if let Some(fence) = node.take(name, LONG).await? {
            return Ok(fence);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    fail("a right that was not kept never ended")
}

#[cfg(test)]
mod tests;
