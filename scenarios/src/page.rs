//! The business page as it was built, carried in the binary.

use anyhow::{Context as _, Result};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Built;

/// One build of the page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its script.
    pub script: String,
    /// Its style sheet.
    pub style: String,
    /// The dedicated worker that can hold the tokens, where the sign-in has one.
    pub worker: Option<String>,
    /// The service worker for use without a network.
    pub service_worker: String,
    /// The web app manifest.
    pub manifest: String,
    /// The icon, as SVG.
    pub icon: String,
}

/// The page with each of its sign-ins.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Through the backend.
    pub bff: Page,
    /// In the page.
    pub spa: Page,
    /// Through the backend, with the access token in the page.
    pub tmb: Page,
}

impl Pages {
    /// Takes the pages out of the binary.
    ///
    /// # Errors
    ///
    /// When the page was not built before the binary was.
    pub fn embedded() -> Result<Self> {
        Ok(Self { bff: page("bff")?, spa: page("spa")?, tmb: page("tmb")? })
    }
}

fn page(sign_in: &str) -> Result<Page> {
    let found = |name: &str| -> Result<Option<String>> {
        let path = format!("{sign_in}/{name}");
        let Some(file) = Built::get(&path) else { return Ok(None) };
        String::from_utf8(file.data.into_owned()).map(Some).with_context(|| format!("read {path}"))
    };
    let file = |name: &str| {
        found(name)?.with_context(|| format!("{sign_in}/{name} is not in this binary: run `make ui` and build again"))
    };
    Ok(Page {
        script: file("app.js")?,
        style: file("app.css")?,
        worker: found("spa-worker.js")?,
        service_worker: file("service-worker.js")?,
        manifest: file("manifest.webmanifest")?,
        icon: file("icon.svg")?,
    })
}
