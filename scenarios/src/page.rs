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
}

/// The page with each of its sign-ins.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Through the backend.
    pub bff: Page,
    /// In the page.
    pub spa: Page,
}

impl Pages {
    /// Takes the pages out of the binary.
    ///
    /// # Errors
    ///
    /// When the page was not built before the binary was.
    pub fn embedded() -> Result<Self> {
        Ok(Self { bff: page("bff")?, spa: page("spa")? })
    }
}

fn page(sign_in: &str) -> Result<Page> {
    let file = |name: &str| {
        let path = format!("{sign_in}/{name}");
        let file = Built::get(&path)
            .with_context(|| format!("{path} is not in this binary: run `make ui` and build again"))?;
        String::from_utf8(file.data.into_owned()).with_context(|| format!("read {path}"))
    };
    Ok(Page { script: file("app.js")?, style: file("app.css")? })
}
