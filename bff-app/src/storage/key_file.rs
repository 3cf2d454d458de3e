//! The key beside an embedded database, for whoever gave none.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::seal::random;
use crate::cannot_start::CannotStart;

/// Reads the key beside a database, and makes one where there is none; its file is its owner's alone.
pub(super) fn read_or_make(database: &Path) -> Result<[u8; 32], CannotStart> {
    let path = path_of(database);
    match File::open(&path) {
        Ok(file) => read(file, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path),
        Err(error) => Err(unusable(&path, &error.to_string())),
    }
}

fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn read(file: File, path: &Path) -> Result<[u8; 32], CannotStart> {
    let mode = file.metadata().map_err(|error| unusable(path, &error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(unusable(path, "others can read it: chmod 600"));
    }
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes).map_err(|error| unusable(path, &error.to_string()))?;
    <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| unusable(path, "a key has 32 bytes"))
}

fn make(path: &Path) -> Result<[u8; 32], CannotStart> {
    let key = random();
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(&key)?;
        file.sync_all()
    });
    written.map(|()| key).map_err(|error| unusable(path, &error.to_string()))
}

fn unusable(path: &Path, why: &str) -> CannotStart {
    CannotStart::Key(format!("the key {} cannot be used: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("sessions.redb");
        let key = read_or_make(&database).unwrap();
        assert_eq!(read_or_make(&database), Ok(key));
        let file = folder.path().join("sessions.redb.key");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (database, file) = (folder.path().join("a"), folder.path().join("a.key"));
        std::fs::write(&file, [1; 32]).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read_or_make(&database).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&file, [1; 33]).unwrap();
        assert!(read_or_make(&database).unwrap_err().to_string().contains("32 bytes"));
    }
}
