//! The reports, one file each. Every one is a pure function of the run.

/// Writes formatted text to the end of a `String`.
macro_rules! put {
    ($out:expr, $($format:tt)+) => {
        std::fmt::Write::write_fmt(&mut $out, format_args!($($format)+)).expect("writing to memory cannot fail")
    };
}

pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod words;

use crate::model::Run;

/// A report that a run can be rendered as.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name, as `--format` takes it.
    pub name: &'static str,
    /// The name of the file it is written to.
    pub file: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Renders it.
    pub render: fn(&Run) -> String,
}

/// Every report.
pub const ALL: &[Format] = &[html::FORMAT, json::FORMAT, junit::FORMAT, markdown::FORMAT];

/// Returns the report of that name.
pub fn named(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    #[test]
    fn every_format_renders_the_same_twice() {
        for format in ALL {
            assert_eq!((format.render)(&sample_run()), (format.render)(&sample_run()), "{}", format.name);
        }
    }

    #[test]
    fn every_format_renders_an_empty_run() {
        let sample = sample_run();
        let empty = Run::new(sample.run, sample.env);
        for format in ALL {
            assert!(!(format.render)(&empty).is_empty(), "{}", format.name);
        }
    }

    #[test]
    fn finds_formats_by_name() {
        assert_eq!(named("junit").unwrap().file, "junit.xml");
        assert!(named("pdf").is_none());
    }
}
