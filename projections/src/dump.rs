//! A view file as text: equal rows give equal bytes, however they were written.
//!
//! Leaves out what is layout only (the full-text index, which follows from `fundstelle`) and `lauf`.

use crate::error::Result;
use rusqlite::{Connection, types::ValueRef};
use std::fmt::Write as _;

/// Tables by name, rows sorted; the text two files are compared by.
pub fn dump(db: &Connection) -> Result<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'
               AND name NOT LIKE 'volltext%' AND name <> 'lauf' ORDER BY name";
    let tables: Vec<String> = db.prepare(sql)?.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut out = String::new();
    for table in tables {
        let _ = writeln!(out, "[{table}]");
        let mut rows = table_rows(db, &table)?;
        rows.sort_unstable();
        for row in rows {
            let _ = writeln!(out, "{row}");
        }
    }
    Ok(out)
}

fn table_rows(db: &Connection, table: &str) -> Result<Vec<String>> {
    let mut stmt = db.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = stmt.column_count();
    let mut rows = stmt.query([])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let mut line = String::new();
        for i in 0..columns {
            let _ = write!(line, "{}", if i == 0 { "" } else { "\t" });
            let _ = match row.get_ref(i)? {
                ValueRef::Null => write!(line, "-"),
                ValueRef::Integer(n) => write!(line, "{n}"),
                ValueRef::Real(f) => write!(line, "{f:?}"),
                ValueRef::Text(t) => write!(line, "{:?}", String::from_utf8_lossy(t)),
                ValueRef::Blob(b) => b.iter().try_for_each(|x| write!(line, "{x:02x}")),
            };
        }
        out.push(line);
    }
    Ok(out)
}
