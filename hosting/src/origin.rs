//! A web origin: scheme, host and port, compared as browsers compare them.

use serde::{Deserialize, Serialize};

/// An origin in its serialised form, without a default port (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin: {0:?} (write scheme and host only, as in https://bff.app1.test)")]
pub struct NotAnOrigin(String);

impl Origin {
    /// Reads an origin such as `https://bff.app1.test` or `http://bff.app.localhost:4000`.
    ///
    /// # Errors
    ///
    /// [`NotAnOrigin`] when there is a path, a query, a user name, or another scheme than http and https.
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let refused = || NotAnOrigin(text.to_owned());
        let url = url::Url::parse(text).map_err(|_| refused())?;
        let origin = url.origin().ascii_serialization();
        let plain = matches!(url.scheme(), "http" | "https") && text.trim_end_matches('/') == origin;
        if plain { Ok(Self(origin)) } else { Err(refused()) }
    }

    /// Returns the serialised form, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what a `Host` header says: the host, and the port unless it is the scheme's default.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest)
    }

    /// Returns the host name alone.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }

    /// Tells whether the scheme is https.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_scheme_host_and_unusual_port() {
        let origin = Origin::parse("http://bff.app.localhost:4000").expect("an origin");
        assert_eq!(origin.host(), "bff.app.localhost");
        assert_eq!(origin.authority(), "bff.app.localhost:4000");
        assert!(!origin.is_secure());
        assert_eq!(Origin::parse("https://a.test/").expect("an origin").as_str(), "https://a.test");
    }

    #[test]
    fn refuses_what_is_more_or_less_than_an_origin() {
        for text in
            ["https://a.test/path", "https://u@a.test", "ftp://a.test", "a.test", "", "https://a.test?x", "null"]
        {
            assert_eq!(Origin::parse(text), Err(NotAnOrigin(text.to_owned())), "{text}");
        }
    }
}
