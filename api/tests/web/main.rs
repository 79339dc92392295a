//! The web edge through its real router.

#[cfg(test)]
mod aktenplan;
#[cfg(test)]
mod amt;
#[cfg(test)]
mod beleg;
#[cfg(test)]
mod besucher;
#[cfg(test)]
mod dienste;
#[cfg(test)]
mod formular;
#[cfg(test)]
mod kopfzeilen;
#[cfg(test)]
mod leseprotokoll;
#[cfg(test)]
mod position;
#[cfg(test)]
mod protokoll;
#[cfg(test)]
mod sitzung;
#[cfg(test)]
mod sprache;
#[cfg(test)]
mod vorgang;
