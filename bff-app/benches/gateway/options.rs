//! What can be chosen on the command line.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

const USAGE: &str = "cargo bench -p bff-app [-- [--quick] [--sessions N]... [a part of a row's name]]";

/// How much is measured.
pub(crate) struct Options {
    /// How much CPU time of the server one measurement takes.
    pub(crate) cpu: Duration,
    /// Of how many calls one median is taken.
    pub(crate) calls: u32,
    /// How many sessions are added, one measurement after the other.
    pub(crate) sessions: Vec<u32>,
    /// What a row's name contains to be measured.
    pub(crate) selection: String,
}

impl Options {
    fn thorough() -> Self {
        Self { cpu: Duration::from_millis(250), calls: 1_000, sessions: vec![20_000], selection: String::new() }
    }

    fn quick() -> Self {
        Self { cpu: Duration::from_millis(60), calls: 200, sessions: vec![5_000], selection: String::new() }
    }
}

/// Reads the command line.
///
/// # Errors
///
/// When there is an option that is not known, or one lacks its value.
pub(crate) fn read(words: &[&str]) -> Result<Options> {
    let mut options = if words.contains(&"--quick") { Options::quick() } else { Options::thorough() };
    let mut sessions: Vec<u32> = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--bench" | "--quick" => {}
            "--sessions" => {
                let number = words.next().context("--sessions lacks its number")?;
                sessions.push(number.parse().with_context(|| format!("not a number of sessions: {number}"))?);
            }
            unknown if unknown.starts_with('-') => bail!("no such option: {unknown}\nusage: {USAGE}"),
            name => name.clone_into(&mut options.selection),
        }
    }
    if !sessions.is_empty() {
        options.sessions = sessions;
    }
    Ok(options)
}

/// Returns how to run it.
pub(crate) fn usage() -> &'static str {
    USAGE
}
