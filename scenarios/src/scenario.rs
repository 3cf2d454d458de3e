//! What a scenario is: an attempt to break one property, its prediction, and the controls that prove it can be broken.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::deployment::Deployment;
use crate::settings::Change;
use crate::stage::Stage;

/// An attempt to break one property.
pub struct Scenario {
    /// Stable for ever; the file is named after it.
    pub id: &'static str,
    /// What the report calls it.
    pub title: &'static str,
    /// A clause that is true when all is well, with its threshold.
    pub property: &'static str,
    /// Who attacks.
    pub attacker: Attacker,
    /// What happens, in words.
    pub steps: &'static [&'static str],
    /// Where the property comes from.
    pub sources: &'static [Source],
    /// What is counted or timed.
    pub measures: &'static [MeasureDef],
    /// What the author predicts for a deployment.
    pub expect: fn(&Deployment) -> Expectation,
    /// The smallest sets of changes, each of which takes the protection away.
    pub controls: &'static [Control],
    /// The attempt over plain HTTP.
    pub protocol: Option<Attempt>,
    /// The attempt in a real browser.
    pub browser: Option<Attempt>,
}

/// One way to play a scenario.
pub type Attempt = for<'a> fn(&'a mut Stage) -> BoxFuture<'a, anyhow::Result<Verdict>>;

/// Who attacks, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attacker {
    /// Nobody: the property must hold in ordinary use.
    Nobody,
    /// Script that runs in the page, as a compromised dependency would.
    ScriptInPage,
    /// A page of another site.
    OtherSite,
    /// A page on a sibling subdomain of the application.
    Sibling,
    /// Somebody who copied the session cookie.
    CookieThief,
    /// Somebody who copied the access token.
    TokenThief,
    /// A user who is signed in and crafts requests by hand.
    SignedInUser,
    /// A client of the identity provider, or somebody who poses as one.
    Client,
}

impl fmt::Display for Attacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody: ordinary use",
            Self::ScriptInPage => "script in the page, as from a compromised dependency",
            Self::OtherSite => "a page of another site",
            Self::Sibling => "a page on a sibling subdomain",
            Self::CookieThief => "somebody who copied the session cookie",
            Self::TokenThief => "somebody who copied the access token",
            Self::SignedInUser => "a signed-in user who crafts requests",
            Self::Client => "a client of the identity provider, or somebody who poses as one",
        })
    }
}

/// A document and a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The document's short name.
    pub document: &'static str,
    /// The section or number in it.
    pub section: &'static str,
}

/// The documents that sources may name, and where they are.
pub const DOCUMENTS: &[(&str, &str)] = &[
    ("RFC 10017", "https://www.rfc-editor.org/info/rfc10017"),
    ("RFC 6265bis", "https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/"),
    ("RFC 6749", "https://www.rfc-editor.org/rfc/rfc6749"),
    ("RFC 7009", "https://www.rfc-editor.org/rfc/rfc7009"),
    ("RFC 7636", "https://www.rfc-editor.org/rfc/rfc7636"),
    ("RFC 7662", "https://www.rfc-editor.org/rfc/rfc7662"),
    ("RFC 9700", "https://www.rfc-editor.org/rfc/rfc9700"),
    ("OWASP ASVS 5.0.0", "https://github.com/OWASP/ASVS"),
    ("OWASP WSTG", "https://owasp.org/www-project-web-security-testing-guide/"),
    ("OpenID Connect Back-Channel Logout 1.0", "https://openid.net/specs/openid-connect-backchannel-1_0.html"),
    ("OpenID Connect RP-Initiated Logout 1.0", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html"),
    ("CVE", "https://www.cve.org/CVERecord?id="),
];

impl Source {
    /// RFC 10017, OAuth 2.0 for Browser-Based Applications.
    pub const fn rfc10017(section: &'static str) -> Self {
        Self { document: "RFC 10017", section }
    }

    /// The Application Security Verification Standard.
    pub const fn asvs(section: &'static str) -> Self {
        Self { document: "OWASP ASVS 5.0.0", section }
    }

    /// The Web Security Testing Guide.
    pub const fn wstg(section: &'static str) -> Self {
        Self { document: "OWASP WSTG", section }
    }

    /// A published vulnerability of another product in the same class.
    pub const fn cve(section: &'static str) -> Self {
        Self { document: "CVE", section }
    }

    /// Another document of the list.
    pub const fn of(document: &'static str, section: &'static str) -> Self {
        Self { document, section }
    }

    /// Returns the document's address.
    pub fn url(&self) -> String {
        let base = DOCUMENTS.iter().find(|(name, _)| *name == self.document).map_or("", |(_, url)| url);
        if self.document == "CVE" { format!("{base}{}", self.section) } else { base.to_owned() }
    }
}

/// Which direction of a measure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// Neither.
    Neither,
}

/// What a scenario counts or times.
#[derive(Clone, Copy, Debug)]
pub struct MeasureDef {
    /// The name, as verdicts and bounds use it.
    pub name: &'static str,
    /// The unit, `s` or what is counted.
    pub unit: &'static str,
    /// Which direction is better.
    pub better: Better,
}

impl MeasureDef {
    /// A life in seconds; shorter is better.
    pub const fn lifetime(name: &'static str) -> Self {
        Self { name, unit: "s", better: Better::Lower }
    }

    /// A count; fewer is better.
    pub const fn count(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, better: Better::Lower }
    }

    /// A count that is neither good nor bad.
    pub const fn neutral(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, better: Better::Neither }
    }
}

/// What a measure must come out as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This number.
    Exactly(f64),
    /// This number or less.
    AtMost(f64),
    /// This number or more.
    AtLeast(f64),
    /// From the first to the second.
    Within(f64, f64),
}

impl Bound {
    /// Tells whether a value is inside.
    pub fn admits(self, value: f64) -> bool {
        match self {
            Self::Exactly(bound) => (value - bound).abs() < 1e-9,
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
            Self::Within(low, high) => (low..=high).contains(&value),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(bound) => write!(f, "exactly {bound}"),
            Self::AtMost(bound) => write!(f, "at most {bound}"),
            Self::AtLeast(bound) => write!(f, "at least {bound}"),
            Self::Within(low, high) => write!(f, "{low} to {high}"),
        }
    }
}

/// A measure's name and its bound.
pub type Bounds = Vec<(&'static str, Bound)>;

/// What the author predicts.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// The property holds, with these measures.
    Holds(Bounds),
    /// The attack succeeds, with these measures.
    Violated(Bounds),
    /// The attack's target does not exist here, for this reason.
    NotApplicable(&'static str),
}

/// What every scenario of an application predicts for the provider alone.
pub const NO_APPLICATION: Expectation = Expectation::NotApplicable("the provider alone has no application");

impl Expectation {
    /// Returns the bounds of the measures.
    pub fn bounds(&self) -> &[(&'static str, Bound)] {
        match self {
            Self::Holds(bounds) | Self::Violated(bounds) => bounds,
            Self::NotApplicable(_) => &[],
        }
    }
}

/// How a measure was obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Counted, or found by bisection on the run's clock to the second.
    Exact,
    /// Timed in the machine's time, or found by a sample.
    Estimate,
    /// Still going when watching stopped.
    Censored,
}

/// One measured number.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// A name that the scenario defines.
    pub name: &'static str,
    /// The number, in the unit of the definition.
    pub value: f64,
    /// How it was obtained.
    pub exactness: Exactness,
}

/// How long something stayed alive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Life {
    /// Seconds.
    pub seconds: u64,
    /// Whether it was still alive when watching stopped.
    pub censored: bool,
}

impl Life {
    /// Tells whether it was dead at once.
    pub fn is_zero(self) -> bool {
        self.seconds == 0 && !self.censored
    }
}

/// What a play found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the property held.
    pub holds: bool,
    /// What was counted or timed.
    pub measures: Vec<Measure>,
    /// What was seen, in words; it carries no credential.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Makes a verdict.
    pub fn holds_if(holds: bool) -> Self {
        Self { holds, measures: Vec::new(), notes: Vec::new() }
    }

    /// Adds a life in seconds.
    #[must_use]
    pub fn living(mut self, name: &'static str, life: Life) -> Self {
        let exactness = if life.censored { Exactness::Censored } else { Exactness::Exact };
        #[expect(clippy::cast_precision_loss, reason = "a life in seconds is far below 2^52")]
        self.measures.push(Measure { name, value: life.seconds as f64, exactness });
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn counting(mut self, name: &'static str, count: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of attacks is far below 2^52")]
        self.measures.push(Measure { name, value: count as f64, exactness: Exactness::Exact });
        self
    }

    /// Adds a number that a sample gives.
    #[must_use]
    pub fn estimating(mut self, name: &'static str, value: f64) -> Self {
        self.measures.push(Measure { name, value, exactness: Exactness::Estimate });
        self
    }

    /// Adds what was seen, in words.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// A smallest set of changes that takes the protection away. Two or more changes mean defence in depth.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// The changes.
    pub changes: &'static [Change],
}

impl Control {
    fn is_part_of(&self, other: &Self) -> bool {
        self.changes.len() < other.changes.len() && self.changes.iter().all(|change| other.changes.contains(change))
    }
}

impl Scenario {
    /// Returns a deployment under a control, with its prediction, where the control belongs to it: the prediction is that
    /// the property falls, and no smaller control of the scenario is enough.
    pub fn weakened(&self, base: &Deployment, control: &Control) -> Option<(Deployment, Expectation)> {
        let falls = |control: &Control| {
            let weak = base.with(control.changes.iter().copied()).ok()?;
            let expectation = (self.expect)(&weak);
            matches!(expectation, Expectation::Violated(_)).then_some((weak, expectation))
        };
        let is_smallest = || !self.controls.iter().any(|other| other.is_part_of(control) && falls(other).is_some());
        falls(control).filter(|_| is_smallest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_admit_what_they_say() {
        assert!(Bound::Exactly(0.0).admits(0.0) && !Bound::Exactly(0.0).admits(1.0));
        assert!(Bound::AtMost(2.0).admits(2.0) && !Bound::AtMost(2.0).admits(2.1));
        assert!(Bound::AtLeast(2.0).admits(2.0) && !Bound::AtLeast(2.0).admits(1.9));
        assert!(Bound::Within(1.0, 2.0).admits(1.5) && !Bound::Within(1.0, 2.0).admits(2.5));
    }
}
