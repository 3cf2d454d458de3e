//! What can be chosen on the command line.

use std::time::Duration;

use anyhow::{Result, bail};

const USAGE: &str = "cargo bench -p public-api [-- [--quick] [a part of a row's name]]";

/// How much is measured.
pub(crate) struct Options {
    /// How much CPU time of the server one measurement takes.
    pub(crate) cpu: Duration,
    /// What a row's name contains to be measured.
    pub(crate) selection: String,
}

impl Options {
    fn thorough() -> Self {
        Self { cpu: Duration::from_millis(250), selection: String::new() }
    }

    fn quick() -> Self {
        Self { cpu: Duration::from_millis(60), ..Self::thorough() }
    }
}

/// Reads the command line.
///
/// # Errors
///
/// When there is an option that is not known.
pub(crate) fn read(words: &[&str]) -> Result<Options> {
    let mut options = if words.contains(&"--quick") { Options::quick() } else { Options::thorough() };
    for word in words {
        match *word {
            "--bench" | "--quick" => {}
            unknown if unknown.starts_with('-') => bail!("no such option: {unknown}\nusage: {USAGE}"),
            name => name.clone_into(&mut options.selection),
        }
    }
    Ok(options)
}

/// Returns how to run it.
pub(crate) fn usage() -> &'static str {
    USAGE
}
