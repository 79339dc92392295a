//! Moving a ledger through the port: pages of events, checkpoints, then a comparison of everything.
//!
//! Names no engine. The order is fixed: events with the first uses of their keys, checkpoints over them, and at the
//! end what was erased or sealed anew while it ran.

use akte_core::ledger::nodes::Nodes;
use akte_core::ledger::note::{Checkpoint, Note};
use akte_core::ledger::{AppendError, Head, KekUse, Ledger, Stored, StoredGroup};
use anyhow::{Context, anyhow, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds after a source that grows meanwhile; each is shorter than the one before.
const NACHLAUF: u32 = 100;

/// Called with (done, all).
type Melden<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bilanz {
    pub ereignisse: u64,
    pub checkpoints: u64,
    pub geloescht: u64,
    pub neu_versiegelt: u64,
}

/// One ledger on its way to another.
pub struct Umzug<'a> {
    von: &'a dyn Ledger,
    nach: &'a dyn Ledger,
    schritt: u64,
    /// Keys whose first use the target holds.
    bekannt: BTreeSet<u64>,
}

/// Heads of source and target. Refuses a target that is not the beginning of the source.
pub async fn stand(von: &dyn Ledger, nach: &dyn Ledger) -> anyhow::Result<(Head, Head)> {
    let (there, here) = (nach.head().await?, von.head().await?);
    ensure!(
        there.size <= here.size,
        "Das Ziel hat {} Ereignisse, die Quelle nur {}: Es ist kein Anfang von ihr. Nichts wurde geändert. Prüfen Sie \
         mit `akte verify`, welches das neuere ist, oder nennen Sie ein leeres Ziel.",
        there.size,
        here.size
    );
    let root = Nodes::new(von, here.size).root(there.size).await?;
    ensure!(
        root == there.root,
        "Die ersten {} Ereignisse des Ziels sind nicht die der Quelle: ein anderer Verlauf. Nichts wurde geändert. \
         Heben Sie beide auf, prüfen Sie sie mit `akte verify`, und nennen Sie ein leeres Ziel.",
        there.size
    );
    Ok((here, there))
}

/// Checkpoints of the source up to `bis` that are newer than the target's newest, ascending.
pub async fn checkpoints_nach(von: &dyn Ledger, nach: &dyn Ledger, bis: u64) -> anyhow::Result<Vec<(u64, String)>> {
    let newest = nach.get_checkpoint(u64::MAX).await?.map(|(size, _)| size);
    let (mut found, mut max) = (Vec::new(), Some(bis));
    while let Some(limit) = max {
        match von.get_checkpoint(limit).await? {
            Some((size, note)) if Some(size) > newest => {
                max = size.checked_sub(1);
                found.push((size, note));
            }
            _ => break,
        }
    }
    found.reverse();
    Ok(found)
}

impl<'a> Umzug<'a> {
    pub async fn new(von: &'a dyn Ledger, nach: &'a dyn Ledger, schritt: u64) -> anyhow::Result<Self> {
        let bekannt = nach.kek_uses().await?.iter().map(|row| row.kek_id).collect();
        Ok(Self { von, nach, schritt, bekannt })
    }

    /// Refuses a target that cannot be continued.
    pub async fn vergleichen_anfang(&self) -> anyhow::Result<()> {
        stand(self.von, self.nach).await.map(drop)
    }

    /// Whether both have the same head at this moment.
    pub async fn gleich(&self) -> anyhow::Result<bool> {
        Ok(self.nach.head().await? == self.von.head().await?)
    }

    /// Copies until nothing new has come in meanwhile; then the checkpoints over it.
    pub async fn aufholen(&mut self, bilanz: &mut Bilanz, melden: Melden<'_>) -> anyhow::Result<()> {
        for _ in 0..NACHLAUF {
            let (bis, next) = (self.von.head().await?, self.nach.head().await?.size);
            if next >= bis.size {
                break;
            }
            self.ereignisse(next, bis.size, melden).await?;
            bilanz.ereignisse += bis.size - next;
            ensure!(
                self.nach.head().await? == bis,
                "Die kopierten Ereignisse ergeben nicht die Wurzel der Quelle: Sie ist beschädigt. `akte verify` nennt \
                 die Stelle."
            );
        }
        bilanz.checkpoints += self.checkpoints().await?;
        Ok(())
    }

    async fn ereignisse(&mut self, mut next: u64, bis: u64, melden: Melden<'_>) -> anyhow::Result<()> {
        while next < bis {
            let page = self.seite(self.von, next, bis).await.context("Quelle")?;
            let uses = self.schluessel(&page).await?;
            let head = self.nach.import(&page, &uses).await.map_err(|e| abgelehnt(next, e))?;
            next = head.size;
            melden(next, bis);
        }
        Ok(())
    }

    /// Events `next..bis`, at most one step of them, none missing.
    async fn seite(&self, ledger: &dyn Ledger, next: u64, bis: u64) -> anyhow::Result<Vec<Stored>> {
        let n = self.schritt.min(bis - next);
        let page = ledger.read_all(next, usize::try_from(n)?).await?;
        let dense = page.iter().zip(next..).all(|(event, index)| event.index == index);
        ensure!(
            dense && page.len() as u64 == n,
            "Zwischen den Ereignissen {next} und {} fehlt etwas. `akte verify` nennt die Stelle.",
            next + n
        );
        Ok(page)
    }

    /// First uses the target lacks, read after the page, so that none of its keys is missing.
    async fn schluessel(&mut self, page: &[Stored]) -> anyhow::Result<Vec<KekUse>> {
        let used: BTreeSet<u64> = page.iter().flat_map(|e| &e.groups).filter_map(|g| g.kek_id).collect();
        if used.is_subset(&self.bekannt) {
            return Ok(Vec::new());
        }
        let neu: Vec<KekUse> =
            self.von.kek_uses().await?.into_iter().filter(|row| !self.bekannt.contains(&row.kek_id)).collect();
        // A row the source does not have is not asked for again with every page; the verifier names it.
        self.bekannt.extend(used.into_iter().chain(neu.iter().map(|row| row.kek_id)));
        Ok(neu)
    }

    /// Stores the new checkpoints, oldest first, each compared with the tree of the copy.
    async fn checkpoints(&self) -> anyhow::Result<u64> {
        let size = self.nach.head().await?.size;
        let neu = checkpoints_nach(self.von, self.nach, size).await?;
        let mut nodes = Nodes::new(self.nach, size);
        for (size, note) in &neu {
            let signed = Note::parse(note).and_then(|note| Checkpoint::parse(&note.text));
            let signed = signed.with_context(|| format!("Checkpoint {size} der Quelle ist nicht lesbar"))?;
            ensure!(
                signed.size == *size && nodes.root(*size).await? == signed.root,
                "Der Checkpoint {size} der Quelle passt nicht zu ihren Ereignissen. `akte verify` nennt die Stelle."
            );
            self.nach.put_checkpoint(*size, note).await?;
        }
        Ok(neu.len() as u64)
    }

    /// Compares every event, group, key use and checkpoint, and follows what was erased or sealed anew. `true` if
    /// there was anything to follow.
    pub async fn abgleichen(&mut self, bilanz: &mut Bilanz, melden: Melden<'_>) -> anyhow::Result<bool> {
        let (before, bis) = (*bilanz, self.nach.head().await?.size);
        let mut next = 0;
        while next < bis {
            let here = self.seite(self.von, next, bis).await.context("Quelle")?;
            let there = self.seite(self.nach, next, bis).await.context("Ziel")?;
            let mut unterschied = Unterschied::default();
            for (here, there) in here.iter().zip(&there) {
                unterschied.event(here, there)?;
            }
            self.nachholen(&unterschied).await?;
            bilanz.geloescht += unterschied.weg.len() as u64;
            bilanz.neu_versiegelt += unterschied.neu.len() as u64;
            next += here.len() as u64;
            melden(next, bis);
        }
        self.uebrige_schluessel().await?;
        bilanz.checkpoints += self.checkpoints_abgleichen(bis).await?;
        let geloescht = bilanz.geloescht > before.geloescht;
        if geloescht {
            self.nach.vacuum().await?;
        }
        Ok(geloescht || bilanz.neu_versiegelt > before.neu_versiegelt)
    }

    async fn nachholen(&mut self, unterschied: &Unterschied) -> anyhow::Result<()> {
        if !unterschied.weg.is_empty() {
            self.nach.erase_groups(&unterschied.weg).await?;
        }
        if unterschied.neu.is_empty() {
            return Ok(());
        }
        let uses: BTreeMap<u64, KekUse> = self.von.kek_uses().await?.into_iter().map(|row| (row.kek_id, row)).collect();
        for (index, group) in &unterschied.neu {
            let first_use = group.kek_id.and_then(|id| uses.get(&id)).cloned();
            self.bekannt.extend(group.kek_id);
            self.nach.reseal(*index, group.clone(), first_use).await?;
        }
        Ok(())
    }

    /// Rows of keys that seal nothing any more are part of the record as well.
    async fn uebrige_schluessel(&mut self) -> anyhow::Result<()> {
        let there: BTreeMap<u64, KekUse> =
            self.nach.kek_uses().await?.into_iter().map(|row| (row.kek_id, row)).collect();
        let mut rest = Vec::new();
        for row in self.von.kek_uses().await? {
            match there.get(&row.kek_id) {
                None => rest.push(row),
                Some(known) if *known == row => {}
                Some(_) => {
                    bail!("Der Schlüssel {} gehört im Ziel jemand anderem. Nehmen Sie ein leeres Ziel.", row.kek_id)
                }
            }
        }
        if !rest.is_empty() {
            self.nach.import(&[], &rest).await.map_err(|e| abgelehnt(0, e))?;
        }
        Ok(())
    }

    /// From the newest to the oldest, side by side; one that got another signature since is replaced.
    async fn checkpoints_abgleichen(&self, bis: u64) -> anyhow::Result<u64> {
        let (mut max, mut replaced) = (Some(bis), 0);
        while let Some(limit) = max {
            let there = self.nach.get_checkpoint(limit).await?;
            match (self.von.get_checkpoint(limit).await?, there) {
                (None, None) => break,
                (Some((size, note)), Some((same, other))) if size == same => {
                    if note != other {
                        self.nach.put_checkpoint(size, &note).await?;
                        replaced += 1;
                    }
                    max = size.checked_sub(1);
                }
                (here, there) => {
                    // One signed while this runs comes with the next round.
                    let newer = here.as_ref().map(|(size, _)| *size) > there.as_ref().map(|(size, _)| *size);
                    ensure!(newer && limit == bis, "Die Checkpoints des Ziels sind nicht die der Quelle.");
                    replaced += self.checkpoints().await?;
                }
            }
        }
        Ok(replaced)
    }
}

/// What the target holds otherwise than the source.
#[derive(Default)]
struct Unterschied {
    /// Erased in the source.
    weg: Vec<(u64, u8)>,
    /// Sealed anew in the source.
    neu: Vec<(u64, StoredGroup)>,
}

impl Unterschied {
    fn event(&mut self, here: &Stored, there: &Stored) -> anyhow::Result<()> {
        let index = here.index;
        ensure!(
            (here.stream, here.seq, &here.header, here.event_hash)
                == (there.stream, there.seq, &there.header, there.event_hash),
            "Ereignis {index} ist im Ziel ein anderes als in der Quelle. Benutzen Sie das Ziel nicht, und nehmen Sie ein \
             leeres."
        );
        for old in &there.groups {
            if !here.groups.iter().any(|group| group.g == old.g) {
                self.weg.push((index, old.g));
            }
        }
        for group in &here.groups {
            let Some(old) = there.groups.iter().find(|old| old.g == group.g) else {
                bail!(
                    "Teil {} von Ereignis {index} fehlt im Ziel und ist in der Quelle noch da. Wurde eine alte Sicherung \
                     der Quelle eingespielt? Nehmen Sie ein leeres Ziel.",
                    group.g
                );
            };
            if (old.kek_id, &old.bytes) != (group.kek_id, &group.bytes) {
                self.neu.push((index, group.clone()));
            }
        }
        Ok(())
    }
}

/// Why a page was not taken in, and what to do.
fn abgelehnt(next: u64, error: AppendError) -> anyhow::Error {
    match error {
        AppendError::Malformed(why) => anyhow!(
            "Das Ziel hat die Ereignisse ab {next} nicht angenommen ({why}). Prüfen Sie die Quelle mit `akte verify`."
        ),
        AppendError::Conflict { .. } => {
            anyhow!("Ein anderes Programm schreibt in das Ziel. Beenden Sie es, und wiederholen Sie den Befehl.")
        }
        AppendError::DiskFull => anyhow!("Der Datenträger ist voll."),
        AppendError::OutcomeUnknown(why) => {
            anyhow!("Das Ziel ist gestört ({why}). Wiederholen Sie den Befehl: Er macht weiter, wo er aufhörte.")
        }
        other => anyhow!("Das Ziel nimmt gerade nichts an ({other}). Wiederholen Sie den Befehl: Er macht weiter."),
    }
}

#[cfg(test)]
mod tests;
