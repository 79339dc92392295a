//! The embedded law files, in one list.
//!
//! Does not parse: a file's kind follows from its name (`tafeln`).

/// (name, content) of every file under `core/recht`.
pub(super) const ALLE: &[(&str, &str)] = &[
    ("feiertage_sh.toml", include_str!("../../recht/feiertage_sh.toml")),
    ("bekanntgabe.toml", include_str!("../../recht/bekanntgabe.toml")),
    ("aussonderung.toml", include_str!("../../recht/aussonderung.toml")),
    ("gewanzv.toml", include_str!("../../recht/gewanzv.toml")),
    ("gebuehren/verwgebvo_sh.toml", include_str!("../../recht/gebuehren/verwgebvo_sh.toml")),
    ("gebuehren/gebost.toml", include_str!("../../recht/gebuehren/gebost.toml")),
    ("gebuehren/hundesteuer.toml", include_str!("../../recht/gebuehren/hundesteuer.toml")),
    ("gebuehren/pauswgebv.toml", include_str!("../../recht/gebuehren/pauswgebv.toml")),
    ("regeln/allgemein.toml", include_str!("../../recht/regeln/allgemein.toml")),
    ("regeln/fachrecht.toml", include_str!("../../recht/regeln/fachrecht.toml")),
    ("regeln/rechtsbehelf.toml", include_str!("../../recht/regeln/rechtsbehelf.toml")),
    ("regeln/verfahren.toml", include_str!("../../recht/regeln/verfahren.toml")),
];
