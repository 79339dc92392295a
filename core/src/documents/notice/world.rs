//! The closed world a template runs in: its own files, its data, the built-in fonts, one date.
//!
//! Packages, paths of this machine and the clock do not exist in it.

use super::{Attachment, RenderError, Template};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::OnceLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};

/// Fonts and language, loaded once for all notices.
struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let fonts: Vec<Font> = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
        Shared { library: LazyHash::new(Library::default()), book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    })
}

/// The fonts that may show a character: all, or only the letter's own upright one.
pub(super) fn has_glyph(c: char, letter_only: bool) -> bool {
    let in_font = |f: &Font| f.info().coverage.contains(u32::from(c));
    if letter_only {
        return shared().fonts.first().is_some_and(in_font);
    }
    shared().fonts.iter().any(in_font)
}

/// One notice in the making.
pub(super) struct Workshop {
    main: FileId,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
    date: Date,
}

impl Workshop {
    pub(super) fn new(
        template: &Template,
        input: &Value,
        attachments: &[Attachment<'_>],
        date: Date,
    ) -> Result<Self, RenderError> {
        let mut sources = HashMap::new();
        for (name, text) in &template.files {
            let id = file_id(name)?;
            sources.insert(id, Source::new(id, text.clone()));
        }
        let list: Vec<Value> = attachments
            .iter()
            .map(|a| json!({ "name": a.name, "media": a.media, "beschreibung": a.beschreibung }))
            .collect();
        let mut files = HashMap::new();
        files.insert(file_id("eingabe.json")?, Bytes::from_string(input.to_string()));
        files.insert(file_id("anlagen.json")?, Bytes::from_string(Value::from(list).to_string()));
        for a in attachments {
            let id = file_id(a.name)?;
            if sources.contains_key(&id) || files.insert(id, Bytes::new(a.bytes.to_vec())).is_some() {
                return Err(RenderError::Input("an attachment's name is taken"));
            }
        }
        Ok(Self { main: file_id(&format!("{}.typ", template.name))?, sources, files, date })
    }

    /// The notice's date at midnight UTC, as written into the file's metadata.
    pub(super) fn timestamp(&self) -> Result<typst_pdf::Timestamp, RenderError> {
        let (year, month, day) = parts(self.date);
        let at = Datetime::from_ymd_hms(i32::from(year), month, day, 0, 0, 0);
        at.map(typst_pdf::Timestamp::new_utc).ok_or(RenderError::Input("`datum` is out of range"))
    }

    /// Name file and line of the first fault.
    pub(super) fn template_error(&self, errors: &[SourceDiagnostic]) -> RenderError {
        let Some(first) = errors.first() else { return RenderError::Input("failed without a reason") };
        let place = first.span.id().and_then(|id| {
            let start = self.range(first.span)?.start;
            let line = self.sources.get(&id)?.lines().byte_to_line(start)?;
            Some((id.get().vpath().get_without_slash().to_owned(), line + 1))
        });
        let (file, line) = place.unwrap_or_default();
        RenderError::Template { file, line, detail: first.message.to_string() }
    }
}

impl World for Workshop {
    fn library(&self) -> &LazyHash<Library> {
        &shared().library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &shared().book
    }
    fn main(&self) -> FileId {
        self.main
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match (self.files.get(&id), self.sources.get(&id)) {
            (Some(bytes), _) => Ok(bytes.clone()),
            (None, Some(source)) => Ok(Bytes::from_string(source.text().to_owned())),
            (None, None) => Err(FileError::AccessDenied),
        }
    }
    fn font(&self, index: usize) -> Option<Font> {
        shared().fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        let (year, month, day) = parts(self.date);
        Datetime::from_ymd(i32::from(year), month, day)
    }
}

fn parts(date: Date) -> (i16, u8, u8) {
    (date.year(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// Ids are kept for the life of the process, hence names from a fixed set.
fn file_id(name: &str) -> Result<FileId, RenderError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.bytes().all(plain) {
        return Err(RenderError::Input("a file name is not made of A-Z, a-z, 0-9, `.`, `_`, `-`"));
    }
    let path = VirtualPath::new(name).map_err(|_| RenderError::Input("a file name is no path"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}
