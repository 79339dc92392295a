//! The one way to write: permit -> load -> decide -> seal -> append.
