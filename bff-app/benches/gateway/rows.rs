//! Every row of the table, with what it is held against.

use std::fmt;

use crate::operation::Work;
use crate::plain_proxy;
use crate::store::Store;

/// One row.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) subject: Subject,
    pub(crate) target: Target,
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    /// The CPU time of whoever does one piece of work.
    Requests(Work, Store),
    /// The time that one connection waits longer than one that asks the API itself.
    Latency(Work),
    /// The growth of the BFF's resident set.
    SessionMemory,
}

/// The most that a row should come out as.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// No limit, but a remark.
    Orientation(&'static str),
    /// So many times the hello of the same round.
    Hello(f64),
    /// So many times the plain proxy of the same round.
    PlainProxy(f64),
    /// So many times one ES256 verification of the same round.
    Verification(f64),
    /// So many milliseconds.
    Milliseconds(f64),
    /// So many bytes.
    Bytes(f64),
}

impl Target {
    /// Returns the limit that is measured in turns with the row, beside the hello.
    pub(crate) fn limit(self) -> Option<Work> {
        match self {
            Self::PlainProxy(_) => Some(Work::PlainProxy),
            Self::Verification(_) => Some(Work::VerifyingHello),
            Self::Orientation(_) | Self::Hello(_) | Self::Milliseconds(_) | Self::Bytes(_) => None,
        }
    }

    /// Returns the verdict on a ratio, a time or a number of bytes, where there is a limit.
    pub(crate) fn verdict(self, measured: f64) -> &'static str {
        match self.most() {
            None => "",
            Some(most) if measured <= most => "ok",
            Some(_) => "MISSED",
        }
    }

    fn most(self) -> Option<f64> {
        match self {
            Self::Orientation(_) => None,
            Self::Hello(most)
            | Self::PlainProxy(most)
            | Self::Verification(most)
            | Self::Milliseconds(most)
            | Self::Bytes(most) => Some(most),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orientation(remark) => f.write_str(remark),
            Self::Hello(most) => write!(f, "{most} × hello"),
            Self::PlainProxy(most) => write!(f, "{most} × {}", plain_proxy::name()),
            Self::Verification(most) => write!(f, "{most} × verification"),
            Self::Milliseconds(most) => write!(f, "{most} ms"),
            Self::Bytes(most) => write!(f, "{most} B"),
        }
    }
}

/// Every row, in the order of the table.
pub(crate) const ALL: &[Row] = &[
    cpu("hello", Work::Hello, Target::Orientation("the limit itself")),
    cpu("ES256 verification", Work::VerifyingHello, Target::Orientation("a limit")),
    cpu("plain proxy", Work::PlainProxy, Target::Orientation("a limit")),
    cpu("GET through the proxy, signed in", Work::Proxied, Target::PlainProxy(1.8)),
    cpu("refused without a session", Work::Refused, Target::Hello(1.4)),
    cpu("login, the BFF's own part", Work::Login, Target::Verification(8.0)),
    lookup("session lookup, memory", Store::Memory, "what the other stores cost more"),
    lookup("session lookup, embedded", Store::Embedded, "read from memory, written down once a minute"),
    lookup("session lookup, Redis", Store::Redis, "one round trip; Redis's own time is not in it"),
    Row { name: "memory of sessions", subject: Subject::SessionMemory, target: Target::Bytes(2_000.0) },
    Row {
        name: "added latency, plain proxy",
        subject: Subject::Latency(Work::PlainProxy),
        target: Target::Orientation("nginx added 0.04 ms elsewhere"),
    },
    Row { name: "added latency, BFF", subject: Subject::Latency(Work::Proxied), target: Target::Milliseconds(0.08) },
];

const fn cpu(name: &'static str, work: Work, target: Target) -> Row {
    Row { name, subject: Subject::Requests(work, Store::Memory), target }
}

const fn lookup(name: &'static str, store: Store, remark: &'static str) -> Row {
    Row { name, subject: Subject::Requests(Work::Lookup, store), target: Target::Orientation(remark) }
}

/// Returns the names of all rows, one a line.
pub(crate) fn names() -> String {
    ALL.iter().fold(String::new(), |names, row| names + "  " + row.name + "\n")
}
