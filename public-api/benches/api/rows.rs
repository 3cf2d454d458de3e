//! Every row of the table, with what it is held against.

use std::fmt;

use crate::operation::Work;
use crate::plain_proxy;

/// One row: the CPU time of whoever does one piece of work.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) target: Target,
}

/// The most that a row should come out as.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// No limit, but a remark.
    Orientation(&'static str),
    /// No limit, but a remark on what is left when one ES256 verification comes off.
    OnTopOfVerification(&'static str),
    /// So many times the hello of the same round.
    Hello(f64),
    /// So many times the plain proxy of the same round.
    PlainProxy(f64),
}

impl Target {
    /// Returns what is measured in turns with the row, beside the hello.
    pub(crate) fn limit(self) -> Option<Work> {
        match self {
            Self::OnTopOfVerification(_) => Some(Work::VerifyingHello),
            Self::PlainProxy(_) => Some(Work::PlainProxy),
            Self::Orientation(_) | Self::Hello(_) => None,
        }
    }

    /// Returns the verdict on a ratio, where there is a limit.
    pub(crate) fn verdict(self, ratio: f64) -> &'static str {
        match self {
            Self::Orientation(_) | Self::OnTopOfVerification(_) => "",
            Self::Hello(most) | Self::PlainProxy(most) if ratio <= most => "ok",
            Self::Hello(_) | Self::PlainProxy(_) => "MISSED",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orientation(remark) | Self::OnTopOfVerification(remark) => f.write_str(remark),
            Self::Hello(most) => write!(f, "{most} × hello"),
            Self::PlainProxy(most) => write!(f, "{most} × {}", plain_proxy::name()),
        }
    }
}

/// Every row, in the order of the table.
pub(crate) const ALL: &[Row] = &[
    Row { name: "hello", work: Work::Hello, target: Target::Orientation("the limit itself") },
    Row { name: "ES256 verification", work: Work::VerifyingHello, target: Target::Orientation("a limit") },
    Row { name: "plain proxy", work: Work::PlainProxy, target: Target::Orientation("a limit") },
    Row { name: "bearer call, introspection cached", work: Work::Cached, target: Target::Hello(1.6) },
    Row { name: "bearer call, not cached", work: Work::Asked, target: Target::PlainProxy(2.4) },
    Row {
        name: "JWT call, ES256",
        work: Work::Jwt,
        target: Target::OnTopOfVerification("nobody is asked; one verification comes off"),
    },
    Row {
        name: "DPoP call, introspection cached",
        work: Work::Proven,
        target: Target::OnTopOfVerification("a proof of one use, with a nonce; one verification comes off"),
    },
];

/// Returns the names of all rows, one a line.
pub(crate) fn names() -> String {
    ALL.iter().fold(String::new(), |names, row| names + "  " + row.name + "\n")
}
