//! What follows from what: rooms meet only here.
