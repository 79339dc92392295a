//! The engines behind the port; natively written, no shared SQL layer.
