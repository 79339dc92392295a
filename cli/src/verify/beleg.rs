//! `akte verify --beleg`: receipts for themselves, offline, against pinned keys. Files of public records are read by
//! the second verifier.

use super::{moment, pins};
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::tlog::proof::MAX_PROOF;
use akte_core::ledger::verify::Verdict;
use akte_core::ledger::verify::receipt::{self, Objection, Proven};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Bytes of a document that is compared.
const MAX_DOCUMENT: usize = 512 << 20;

/// What is said about one file.
struct Answer {
    verdict: Verdict,
    text: String,
    proven: Option<Proven>,
}

pub fn verify(files: &[PathBuf], document: Option<&Path>, policy: &Policy, as_json: bool) -> anyhow::Result<ExitCode> {
    let document = document.map(|path| pins::read(path, MAX_DOCUMENT)).transpose()?;
    let mut answers = Vec::new();
    for path in files {
        answers.push((path, answer(&pins::read(path, MAX_PROOF)?, document.as_deref(), policy)));
    }
    if as_json {
        let all: Vec<Value> = answers.iter().map(|(path, answer)| describe(path, answer)).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        answers.iter().for_each(|(path, answer)| print(path, answer));
    }
    Ok(ExitCode::from(worst(answers.iter().map(|(_, answer)| answer.verdict.exit_code()))))
}

/// A violation weighs more than what cannot be judged.
fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    codes.max_by_key(|code| [0, 2, 1].iter().position(|c| c == code)).unwrap_or(0)
}

fn answer(bytes: &[u8], document: Option<&[u8]>, policy: &Policy) -> Answer {
    let text = std::str::from_utf8(bytes).map_err(|_| Objection::Unclear("nicht lesbar: kein gültiges UTF-8".into()));
    match text.and_then(|text| receipt::check(text, policy)) {
        Err(objection) => {
            let text = match &objection {
                Objection::Unclear(why) => why.clone(),
                Objection::Broken { rule, text } => format!("{rule}: {text}"),
            };
            Answer { verdict: objection.verdict(), text, proven: None }
        }
        Ok(proven) if document.is_some_and(|bytes| proven.documents(bytes).is_empty()) => {
            let text = "B5: Das Dokument ist keines, das dieser Beleg nennt.".into();
            Answer { verdict: Verdict::Violation, text, proven: Some(proven) }
        }
        Ok(proven) => Answer { verdict: Verdict::ValidRedacted, text: String::new(), proven: Some(proven) },
    }
}

fn describe(path: &Path, answer: &Answer) -> Value {
    let values = |p: &Proven| p.values.iter().map(|d| (d.pointer.clone(), d.value.clone())).collect();
    json!({
        "file": path.display().to_string(),
        "verdict": answer.verdict.to_string(),
        "code": answer.verdict.exit_code(),
        "text": answer.text,
        "index": answer.proven.as_ref().map(|p| p.index),
        "type": answer.proven.as_ref().map(|p| p.header.wire.clone()),
        "at": answer.proven.as_ref().map(|p| p.header.at.to_string()),
        "checkpoint": answer.proven.as_ref().map(|p| p.checkpoint.checkpoint.size),
        "values": answer.proven.as_ref().map(values).map(|v: serde_json::Map<String, Value>| v),
    })
}

fn print(path: &Path, answer: &Answer) {
    println!("{} — {}", answer.verdict, path.display());
    if !answer.text.is_empty() {
        println!("{}", answer.text);
    }
    let Some(proven) = &answer.proven else { return };
    let header = &proven.header;
    println!("{} vom {}, Position {} in {}", header.wire, header.at, proven.index, header.log);
    let accepted = &proven.checkpoint;
    let witnesses = accepted.cosigned.map_or_else(String::new, |t| format!(", zuletzt bezeugt {}", moment(t)));
    println!("unterschrieben bei Größe {}{witnesses}", accepted.checkpoint.size);
    for value in &proven.values {
        println!("{} = {}", value.pointer, value.value);
    }
}
