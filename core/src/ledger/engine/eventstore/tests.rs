//! What needs no server: event ids, addresses, what is told to a caller.

use super::append::event_id;
use uuid::Uuid;

#[test]
fn event_ids_are_version_5_over_cause_and_offset() {
    // RFC 9562, appendix A.4: the DNS name space and `www.example.com`; a decimal offset is a name like any other.
    let dns = Uuid::parse_str("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap();
    // Computed with Python's uuid.uuid5.
    assert_eq!(event_id(dns, 0).to_string(), "6af613b6-569c-5c22-9c37-2ed93f31d3af");
}
