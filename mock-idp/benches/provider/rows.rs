//! Every row of the table, with what it is held against.

use std::fmt;

use crate::operation::Work;
use crate::signature::Algorithm;

/// One row.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) subject: Subject,
    pub(crate) target: Target,
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    /// The server's CPU time for one piece of work.
    Requests(Work),
    /// The CPU time of one signature with a key that is ready.
    Signature(Algorithm),
    /// The growth of the server's resident set.
    SessionMemory,
    /// The time from the start of a server to its first answer.
    Start,
}

/// The most that a row should come out as.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// No limit, but a remark.
    Orientation(&'static str),
    /// So many times the hello of the same round.
    Hello(f64),
    /// One signature and so many times the hello, both of the same round.
    SignatureAndHello(Algorithm, f64),
    /// So many bytes.
    Bytes(f64),
}

impl Target {
    /// Returns the signature that comes off before the ratio is taken.
    pub(crate) fn signature(self) -> Option<Algorithm> {
        match self {
            Self::SignatureAndHello(algorithm, _) => Some(algorithm),
            Self::Orientation(_) | Self::Hello(_) | Self::Bytes(_) => None,
        }
    }

    /// Returns the verdict on a ratio or a number of bytes, where there is a limit.
    pub(crate) fn verdict(self, measured: f64) -> &'static str {
        match self {
            Self::Orientation(_) => "",
            Self::Hello(most) | Self::SignatureAndHello(_, most) | Self::Bytes(most) if measured <= most => "ok",
            Self::Hello(_) | Self::SignatureAndHello(..) | Self::Bytes(_) => "MISSED",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orientation(remark) => f.write_str(remark),
            Self::Hello(most) => write!(f, "{most} × hello"),
            Self::SignatureAndHello(algorithm, most) => write!(f, "{} + {most} × hello", algorithm.name()),
            Self::Bytes(most) => write!(f, "{most} B"),
        }
    }
}

/// Every row, in the order of the table.
pub(crate) const ALL: &[Row] = &[
    Row { name: "hello", subject: Subject::Requests(Work::Hello), target: Target::Orientation("the limit itself") },
    Row {
        name: "hello by axum::serve",
        subject: Subject::Requests(Work::BareHello),
        target: Target::Orientation("without hosting::Listener"),
    },
    Row {
        name: "ES256 signature",
        subject: Subject::Signature(Algorithm::Es256),
        target: Target::Orientation("a limit"),
    },
    Row {
        name: "RS256 signature",
        subject: Subject::Signature(Algorithm::Rs256),
        target: Target::Orientation("a limit"),
    },
    Row { name: "discovery", subject: Subject::Requests(Work::Discovery), target: Target::Hello(1.3) },
    Row { name: "JWKS", subject: Subject::Requests(Work::Jwks), target: Target::Hello(1.3) },
    Row {
        name: "client_credentials, opaque",
        subject: Subject::Requests(Work::OpaqueToken),
        target: Target::Hello(2.4),
    },
    Row {
        name: "client_credentials, ES256",
        subject: Subject::Requests(Work::JwtToken(Algorithm::Es256)),
        target: Target::SignatureAndHello(Algorithm::Es256, 2.4),
    },
    Row {
        name: "client_credentials, RS256",
        subject: Subject::Requests(Work::JwtToken(Algorithm::Rs256)),
        target: Target::SignatureAndHello(Algorithm::Rs256, 2.4),
    },
    Row { name: "introspection", subject: Subject::Requests(Work::Introspection), target: Target::Hello(2.0) },
    Row {
        name: "refresh with rotation",
        subject: Subject::Requests(Work::Refresh),
        target: Target::SignatureAndHello(Algorithm::Es256, 4.0),
    },
    Row {
        name: "code + PKCE login, whole",
        subject: Subject::Requests(Work::Login),
        target: Target::Orientation("315 µs is an eighth of oidc-provider's 2 522, measured elsewhere"),
    },
    Row { name: "memory of sessions", subject: Subject::SessionMemory, target: Target::Bytes(2_000.0) },
    Row {
        name: "start to first answer",
        subject: Subject::Start,
        target: Target::Orientation("150 ms for the whole testbed"),
    },
];

/// Returns the names of all rows, one a line.
pub(crate) fn names() -> String {
    ALL.iter().fold(String::new(), |names, row| names + "  " + row.name + "\n")
}
