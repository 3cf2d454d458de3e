//! Where sessions are kept, for the stores that need a place.

use std::path::PathBuf;

use hosting::Secret;
use hosting::config_file::{BadConfig, ConfigText, Spanned};
use serde::Deserialize;

use crate::config::Storage;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Entry {
    file: Option<PathBuf>,
    /// Its address can carry a password.
    redis: Option<Spanned<Secret>>,
    redis_file: Option<Spanned<PathBuf>>,
    key_file: Option<Spanned<PathBuf>>,
}

impl Entry {
    pub(super) fn understood(self, written: ConfigText<'_>) -> Result<Storage, BadConfig> {
        Ok(Storage {
            file: self.file.map(|file| written.path(&file)),
            redis: written.secret("redis", self.redis, self.redis_file.as_ref())?,
            key: self.key_file.map(|path| key(written, &path)).transpose()?,
        })
    }
}

fn key(written: ConfigText<'_>, path: &Spanned<PathBuf>) -> Result<[u8; 32], BadConfig> {
    let bytes = written.bytes("key_file", path)?;
    let wrong = "key_file: a key has 32 bytes; make one with `head -c 32 /dev/urandom`";
    <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| written.wrong(path, wrong))
}
