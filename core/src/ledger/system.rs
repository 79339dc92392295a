//! Wire names of the log's own system stream (`LEDGER.md`, system events). All pointers are open.

use crate::kernel::event::{Class::Open, EventSpec};

/// Registry rows of the system stream.
pub const SPECS: &[EventSpec] = &[
    EventSpec {
        wire: "log.epoch_opened.v1",
        fields: &[
            ("format", Open),
            ("origin", Open),
            ("vkeys", Open),
            ("old_origin", Open),
            ("old_size", Open),
            ("old_root", Open),
            ("old_note_sha256", Open),
            ("lost_from", Open),
            ("imported", Open),
            ("reason", Open),
        ],
        ret: "DAUER",
    },
    EventSpec {
        wire: "log.key_rotated.v1",
        fields: &[("old_vkey", Open), ("new_vkey", Open), ("signature", Open)],
        ret: "DAUER",
    },
    EventSpec {
        wire: "log.stream_heads.v1",
        fields: &[("up_to", Open), ("count", Open), ("root", Open)],
        ret: "DAUER",
    },
    EventSpec { wire: "log.foreign.v1", fields: &[("stream", Open), ("commit_position", Open)], ret: "DAUER" },
    EventSpec { wire: "process.position.v1", fields: &[("up_to", Open)], ret: "DAUER" },
    EventSpec {
        wire: "erasure.requested.v1",
        fields: &[("targets", Open), ("reason", Open), ("archive", Open)],
        ret: "DAUER",
    },
    EventSpec {
        wire: "erasure.confirmed.v1",
        fields: &[("request", Open), ("groups", Open), ("documents", Open)],
        ret: "DAUER",
    },
    EventSpec {
        wire: "dataset.published.v1",
        fields: &[("dataset", Open), ("release", Open), ("count", Open), ("root", Open)],
        ret: "DAUER",
    },
    EventSpec {
        wire: "projection.digest.v1",
        fields: &[("projection", Open), ("code_sha256", Open), ("up_to", Open), ("state_root", Open)],
        ret: "DAUER",
    },
    EventSpec { wire: "zugriff.digest.v1", fields: &[("day", Open), ("rows", Open), ("sha256", Open)], ret: "DAUER" },
    EventSpec { wire: "system.degraded.v1", fields: &[("cause", Open)], ret: "DAUER" },
    EventSpec { wire: "system.recovered.v1", fields: &[("cause", Open)], ret: "DAUER" },
];
