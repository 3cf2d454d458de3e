//! The name of an identity provider: a URL that is compared byte by byte.

use std::fmt;

use url::Url;

use crate::origin::Origin;

/// An issuer identifier (OpenID Connect Core 1.0 §2, `iss`): a URL without query and fragment, with a path or without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer(String);

/// Why a text is no issuer identifier.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no issuer: write it exactly as the provider's metadata does, as in https://login.example.org/realms/one"
)]
pub struct NotAnIssuer(String);

impl Issuer {
    /// Takes an issuer identifier as it is written.
    ///
    /// # Errors
    ///
    /// [`NotAnIssuer`] when it is no http or https URL, or has a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, NotAnIssuer> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        match url {
            Some(url) if url.query().is_none() && url.fragment().is_none() => Ok(Self(text.to_owned())),
            _ => Err(NotAnIssuer(text.to_owned())),
        }
    }

    /// Returns it as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns where its metadata is (OpenID Connect Discovery 1.0 §4).
    pub fn metadata_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.trim_end_matches('/'))
    }
}

impl From<Origin> for Issuer {
    fn from(origin: Origin) -> Self {
        Self(origin.to_string())
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_kept_as_it_is_written() {
        for text in
            ["https://login.test", "https://login.test/", "https://login.test/realms/one", "http://127.0.0.1:8080"]
        {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "login.test", "ftp://login.test", "https://login.test?a=b", "https://login.test#a", "https://"]
        {
            assert_eq!(Issuer::parse(text), Err(NotAnIssuer(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn the_metadata_is_below_the_issuer() {
        let url = |text| Issuer::parse(text).unwrap().metadata_url();
        assert_eq!(url("https://login.test"), "https://login.test/.well-known/openid-configuration");
        assert_eq!(url("https://login.test/one/"), "https://login.test/one/.well-known/openid-configuration");
    }
}
