//! Tests of the smaller parts of the format: pointers, disclosures, ids, notes.

mod disclosure;
mod ids;
mod note;
