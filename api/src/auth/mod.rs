//! Who somebody is: local accounts with password. What they may do is `zugriff::permit`.

pub mod login;
pub mod passwort;
