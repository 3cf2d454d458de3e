//! The only reader of the environment.

use std::path::PathBuf;

use crate::actors::driver::Installation;

/// What the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the browser and its driver are.
    pub installation: Installation,
    /// Whether the standard error is a terminal that can draw a bar.
    pub terminal: bool,
}

impl Config {
    /// Reads `VERSUS_BROWSER`, `VERSUS_CHROMEDRIVER`, `VERSUS_CHROMIUM` and `CI`.
    pub fn from_environment() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str, usual: &str| PathBuf::from(read(name).unwrap_or_else(|| usual.to_owned()));
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self {
            installation: Installation {
                browser: path("VERSUS_BROWSER", "/usr/lib/chromium/chromium-headless-shell"),
                driver: path("VERSUS_CHROMEDRIVER", "/usr/bin/chromedriver"),
                window: path("VERSUS_CHROMIUM", "/usr/lib/chromium/chromium"),
            },
            terminal: terminal && read("CI").is_none(),
        }
    }
}
