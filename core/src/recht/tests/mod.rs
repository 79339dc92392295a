//! Proofs of the legal-time engine: vectors of the rules, hand-made cases, properties.

mod vektoren;
