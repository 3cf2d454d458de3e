//! The configuration file of a part, as it is written.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use hosting::config_file::ConfigText;

use super::Failure;
use crate::cli::HostPart;

/// A file that was read, and what is to be said of it.
pub(super) struct Written {
    path: PathBuf,
    text: String,
}

impl Written {
    /// Reads the file that the command line names; `part` is the word that the person typed.
    pub(super) fn read(arguments: &HostPart, part: &str) -> Result<Self, Failure> {
        let unnamed = || Failure::usage(anyhow!("name the configuration with --config FILE"));
        let path = arguments.config.clone().ok_or_else(unnamed)?;
        let shown = path.display();
        let hint = format!("cannot read {shown} (write one with `versus host {part} --print-example > {shown}`)");
        let text = std::fs::read_to_string(&path).context(hint).map_err(Failure::usage)?;
        Ok(Self { path, text })
    }

    /// Returns its text, and the folder from which its paths start.
    pub(super) fn text(&self) -> ConfigText<'_> {
        ConfigText::new(&self.text, self.path.parent().unwrap_or(Path::new("")))
    }

    /// Returns its path, for what is said to a person.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Says that it is of no use, and why.
    pub(super) fn refused(&self, error: impl Into<anyhow::Error>) -> Failure {
        Failure::usage(error.into().context(format!("cannot use {}", self.path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_named_with_a_remedy() {
        let config = Some(PathBuf::from("/nowhere/bff.toml"));
        let arguments = HostPart { config, trust: Vec::new(), ca_out: None, log: None, print_example: false };
        let failure = Written::read(&arguments, "bff").err().expect("it is not there");
        let text = format!("{:#}", failure.error);
        assert!(text.contains("versus host bff --print-example > /nowhere/bff.toml"), "{text}");
    }
}
