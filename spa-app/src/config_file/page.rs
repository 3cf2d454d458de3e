//! The page that the host delivers: the one that it brings along, or one from a folder, with settings for it.

use std::path::PathBuf;

use hosting::config_file::{BadConfig, ConfigText, Spanned};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::Page;

/// How long a file of the page may be, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Entry {
    folder: Option<Spanned<PathBuf>>,
    settings: Map<String, Value>,
}

impl Entry {
    pub(super) fn understood(
        self,
        written: ConfigText<'_>,
        built_in: impl FnOnce() -> Page,
    ) -> Result<Page, BadConfig> {
        let page = match &self.folder {
            Some(folder) => of_a_folder(written, folder)?,
            None => built_in(),
        };
        let mut settings = page.settings.as_object().cloned().unwrap_or_default();
        settings.extend(self.settings);
        Ok(Page { settings: Value::Object(settings), ..page })
    }
}

fn of_a_folder(written: ConfigText<'_>, folder: &Spanned<PathBuf>) -> Result<Page, BadConfig> {
    let file = |name: &str| -> Result<Option<String>, BadConfig> {
        let path = written.path(folder.get_ref()).join(name);
        let refused = |why: &dyn std::fmt::Display| written.wrong(folder, format!("folder: {} {why}", path.display()));
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if metadata.len() > LONGEST => return Err(refused(&"is too long")),
            _ => {}
        }
        std::fs::read_to_string(&path).map(Some).map_err(|error| refused(&format_args!("cannot be read: {error}")))
    };
    let needed = |name: &str| {
        let missing = || written.wrong(folder, format!("folder: there is no {name} in it; build the page first"));
        file(name)?.ok_or_else(missing)
    };
    Ok(Page {
        script: needed("app.js")?,
        style: needed("app.css")?,
        worker: file("spa-worker.js")?,
        service_worker: file("service-worker.js")?,
        manifest: file("manifest.webmanifest")?,
        icon: file("icon.svg")?,
        implant: None,
        settings: Value::Null,
    })
}
