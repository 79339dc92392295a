//! Every limit of what comes in by mail, scan and post book, in one file.
//!
//! Beyond a limit nothing is cut: it goes to quarantine whole, with the reason.

/// Largest original taken into the post book, bytes; larger files are handed in at a Vorgang.
pub const ORIGINAL_BYTES: usize = 64 << 20;
/// Parts of one mail, its bodies and attachments together.
pub const TEILE: usize = 200;
/// Depth of multiparts within multiparts.
pub const TIEFE: usize = 20;
/// Header section of the mail or of one part, bytes.
pub const KOPF_BYTES: usize = 256 << 10;
/// Header fields of the mail or of one part.
pub const KOPF_FELDER: usize = 1_000;
/// Longest subject, sender or reason kept as a field, characters; the original keeps all of it.
pub const FELD_ZEICHEN: usize = 500;
/// Dates of a mail shown; the original keeps all of them.
pub const DATEN: usize = 10;
