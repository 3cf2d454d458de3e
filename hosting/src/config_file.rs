//! Configuration files in TOML: a mistake is named with its line, its place and what was meant.
//!
//! A server says in a type of its own what its file may say. No error quotes a text or a number of the file, because it may
//! be a secret; only names are quoted, and what stands where one of a few names must stand.

mod words;

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, Deserializer};

use crate::secret::Secret;

pub use toml::Spanned;

/// The longest file that a key may name, in bytes: certificates and keys are short.
const LONGEST: usize = 64 * 1024;

/// Why a configuration file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadConfig {
    line: usize,
    reason: String,
}

impl BadConfig {
    /// Returns the line of the file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// A configuration file as it is written, and the folder from which the paths in it start.
#[derive(Clone, Copy)]
pub struct ConfigText<'t> {
    text: &'t str,
    folder: &'t Path,
}

impl<'t> ConfigText<'t> {
    /// Takes a file's text and its folder.
    pub fn new(text: &'t str, folder: &'t Path) -> Self {
        Self { text, folder }
    }

    /// Reads the whole as plain data of a type, which decides what keys there are.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] names the first key that is unknown, missing or of the wrong kind.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, BadConfig> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let reason = format!("not TOML: {}", error.message());
            self.bad(start(&error), reason)
        })?;
        // Not by `toml::from_str`, whose errors quote the line.
        serde::Deserialize::deserialize(Deserializer::from(table))
            .map_err(|error| self.bad(start(&error), words::reason(&error)))
    }

    /// Says what is wrong with a value that could be read.
    pub fn wrong<T>(self, value: &Spanned<T>, reason: impl Display) -> BadConfig {
        self.bad(value.span().start, reason.to_string())
    }

    /// Returns where a path of the file leads.
    pub fn path(self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// Reads the bytes of the file that a key names.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] when it cannot be read, or is too long for what it should be.
    pub fn bytes(self, key: &str, path: &Spanned<PathBuf>) -> Result<Vec<u8>, BadConfig> {
        let shown = self.path(path.get_ref());
        let refused = |why: &dyn Display| self.wrong(path, format!("{key}: {} {why}", shown.display()));
        let mut bytes = Vec::new();
        let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        let read = File::open(&shown).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
        read.map_err(|error| refused(&format_args!("cannot be read: {error}")))?;
        if bytes.len() > LONGEST { Err(refused(&format_args!("is longer than {LONGEST} bytes"))) } else { Ok(bytes) }
    }

    /// Reads the text of the file that a key names.
    ///
    /// # Errors
    ///
    /// As [`ConfigText::bytes`], and when it is no text.
    pub fn text(self, key: &str, path: &Spanned<PathBuf>) -> Result<String, BadConfig> {
        let bytes = self.bytes(key, path)?;
        // Its error holds what was read, so that is left out.
        String::from_utf8(bytes).map_err(|_| self.wrong(path, format!("{key}: the file is no text in UTF-8")))
    }

    /// Returns a secret that is given as `key`, or in the file that `key_file` names, without the end of its last line.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] when it is given in both ways, is empty, or its file cannot be read.
    pub fn secret(
        self,
        key: &str,
        given: Option<Spanned<Secret>>,
        file: Option<&Spanned<PathBuf>>,
    ) -> Result<Option<Secret>, BadConfig> {
        let file_key = format!("{key}_file");
        let (secret, place) = match (given, file) {
            (None, None) => return Ok(None),
            (Some(_), Some(file)) => {
                return Err(self.wrong(file, format!("{key} and {file_key} are both there; leave one of them out")));
            }
            (Some(given), None) => {
                let start = given.span().start;
                (given.into_inner(), start)
            }
            (None, Some(file)) => {
                let text = Secret::new(self.text(&file_key, file)?);
                (Secret::new(text.expose().trim_end_matches(['\r', '\n'])), file.span().start)
            }
        };
        if secret.expose().is_empty() {
            return Err(self.bad(place, format!("{key} is empty; leave it out, or give one")));
        }
        Ok(Some(secret))
    }

    fn bad(self, start: usize, reason: String) -> BadConfig {
        let before = self.text.get(..start).unwrap_or(self.text);
        BadConfig { line: before.matches('\n').count() + 1, reason }
    }
}

fn start(error: &toml::de::Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

#[cfg(test)]
mod tests;
