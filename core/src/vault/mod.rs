//! The vault: keys, subjects, sealing. A store apart from the ledger; never in the same backup.
