//! What a provider that nobody here wrote says about itself, and what it lacks for the part that is hosted.

use anyhow::{Context as _, Result, ensure};
use hosting::{Issuer, Origin, Outbound};
use http::header;
use serde_json::Value;
use url::Url;

/// The longest metadata, in bytes.
const LONGEST: usize = 256 * 1024;

/// The endpoints that a page calls itself.
const CALLED_BY_PAGES: [&str; 4] = ["token_endpoint", "revocation_endpoint", "userinfo_endpoint", "jwks_uri"];

/// What a provider says about itself (OpenID Connect Discovery 1.0 §3).
pub(super) struct Metadata {
    document: Value,
    /// Which origin's pages may read it, in the words of its own header (Fetch §3.2.3).
    readable_by: String,
}

impl Metadata {
    /// Asks the provider; `origin` is the page on whose behalf it is asked, where it is one.
    ///
    /// # Errors
    ///
    /// When it does not answer, or is another one than the configuration names.
    pub(super) async fn ask(outbound: &Outbound, issuer: &Issuer, origin: Option<&Origin>) -> Result<Self> {
        let url = issuer.metadata_url();
        let mut request = outbound.client().get(&url);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin.as_str());
        }
        let silent = || format!("{url} does not answer");
        let mut response = outbound.send(request.build().with_context(silent)?).await.with_context(silent)?;
        ensure!(response.status().is_success(), "{url} answers {}", response.status());
        let readable_by = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        let readable_by = readable_by.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.with_context(silent)? {
            body.extend_from_slice(&piece);
            ensure!(body.len() <= LONGEST, "{url} answers more than {LONGEST} bytes");
        }
        let document: Value = serde_json::from_slice(&body).with_context(|| format!("{url} answers no JSON"))?;
        let named = document["issuer"].as_str().unwrap_or_default();
        ensure!(named == issuer.as_str(), "{url} names the issuer {named:?}: write it exactly so");
        Ok(Self { document, readable_by: readable_by.unwrap_or_default() })
    }

    /// Says what it lacks for an API with these settings.
    pub(super) fn lacks_for_an_api(&self, settings: &public_api::Settings) -> Vec<String> {
        let (format, dpop) = (settings.format, settings.dpop);
        let asks = format != public_api::Format::Jwt && !self.has("introspection_endpoint");
        let verifies = format != public_api::Format::Opaque && !self.has("jwks_uri");
        let binds = dpop != public_api::Dpop::Off && !self.has("dpop_signing_alg_values_supported");
        sentences(&[
            (asks, "no introspection_endpoint: every call with a reference token is answered 503"),
            (verifies, "no jwks_uri: every call with a signed token is answered 503"),
            (binds, "no DPoP: no token is bound to a key"),
        ])
    }

    /// Says what it lacks for a page that was hosted with this configuration.
    pub(super) fn lacks_for_a_page(&self, page: &PagePeers, settings: &spa_app::Settings) -> Vec<String> {
        let challenges = self.document["code_challenge_methods_supported"].as_array();
        let has_s256 = challenges.is_some_and(|methods| methods.iter().any(|method| method == "S256"));
        let mut lacks = sentences(&[
            (!self.has("end_session_endpoint"), "no end_session_endpoint: a sign-out leaves its own session open"),
            (
                settings.revoke.is_on() && !self.has("revocation_endpoint"),
                "no revocation_endpoint: tokens live on after sign-out until they expire",
            ),
            (
                settings.fcl.is_on() && self.document["frontchannel_logout_supported"] != true,
                "no front-channel logout: the page learns of a sign-out elsewhere when it next asks for a token",
            ),
            (
                settings.monitor.is_on() && !self.has("check_session_iframe"),
                "no check_session_iframe: monitor cannot watch its session",
            ),
            (
                settings.dpop.is_on() && !self.has("dpop_signing_alg_values_supported"),
                "no DPoP: no token is bound to a key",
            ),
            (
                settings.pkce.is_on() && !has_s256,
                "no PKCE with S256 that it announces: a stolen code may be worth something",
            ),
        ]);
        let origin = page.origin.as_str();
        if self.readable_by != "*" && self.readable_by != origin {
            lacks.push(format!("no answer that {origin} may read (CORS): allow this origin at the provider"));
        }
        lacks.extend(CALLED_BY_PAGES.iter().filter_map(|name| self.elsewhere(name, page)));
        lacks
    }

    fn has(&self, name: &str) -> bool {
        !self.document[name].is_null()
    }

    /// Says that an endpoint is at an origin that the page's policy does not name.
    fn elsewhere(&self, name: &str, page: &PagePeers) -> Option<String> {
        let origin = origin_of(self.document[name].as_str()?)?;
        let is_known = origin_of(page.issuer.as_str()).as_ref() == Some(&origin)
            || page.issuer_origins.iter().any(|known| known.as_str() == origin);
        (!is_known).then(|| {
            format!("no {name} at its own origin: add {origin:?} to issuer_origins, or the page cannot call it")
        })
    }
}

/// What a page's host knows of itself and its provider.
pub(super) struct PagePeers {
    pub(super) origin: Origin,
    pub(super) issuer: Issuer,
    pub(super) issuer_origins: Vec<Origin>,
}

fn origin_of(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

fn sentences(all: &[(bool, &str)]) -> Vec<String> {
    all.iter().filter(|(is_lacking, _)| *is_lacking).map(|(_, sentence)| (*sentence).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(document: Value) -> Metadata {
        Metadata { document, readable_by: "https://spa.test".to_owned() }
    }

    fn peers(issuer_origins: &[&str]) -> PagePeers {
        let origin = |text: &str| Origin::parse(text).expect("an origin");
        PagePeers {
            origin: origin("https://spa.test"),
            issuer: Issuer::parse("https://idp.test/one").expect("an issuer"),
            issuer_origins: issuer_origins.iter().map(|text| origin(text)).collect(),
        }
    }

    #[test]
    fn an_api_needs_what_its_format_asks_for() {
        let lacks = |format, document| {
            let settings = public_api::Settings { format, ..public_api::Settings::default() };
            metadata(document).lacks_for_an_api(&settings).join("; ")
        };
        let neither = json!({});
        assert!(lacks(public_api::Format::Opaque, neither.clone()).starts_with("no introspection_endpoint"));
        assert!(lacks(public_api::Format::Jwt, neither.clone()).starts_with("no jwks_uri"));
        assert!(lacks(public_api::Format::Either, neither).contains("; no jwks_uri"));
        assert_eq!(lacks(public_api::Format::Opaque, json!({ "introspection_endpoint": "https://idp.test/i" })), "");
    }

    #[test]
    fn a_page_is_told_what_does_not_work_and_nothing_else() {
        let settings = spa_app::Settings::default();
        let whole = json!({
            "end_session_endpoint": "https://idp.test/e", "revocation_endpoint": "https://idp.test/r",
            "frontchannel_logout_supported": true, "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint": "https://idp.test/one/token", "jwks_uri": "https://idp.test/one/jwks",
        });
        assert_eq!(metadata(whole.clone()).lacks_for_a_page(&peers(&[]), &settings), Vec::<String>::new());
        assert_eq!(metadata(json!({})).lacks_for_a_page(&peers(&[]), &settings).len(), 4);
        let mut elsewhere = whole.clone();
        elsewhere["token_endpoint"] = json!("https://tokens.idp.test/token");
        let lacks = metadata(elsewhere.clone()).lacks_for_a_page(&peers(&[]), &settings).join("; ");
        assert!(lacks.contains("add \"https://tokens.idp.test\" to issuer_origins"), "{lacks}");
        let known = peers(&["https://tokens.idp.test"]);
        assert_eq!(metadata(elsewhere).lacks_for_a_page(&known, &settings), Vec::<String>::new());
        let closed = Metadata { document: whole, readable_by: String::new() };
        assert!(
            closed.lacks_for_a_page(&peers(&[]), &settings).join("; ").contains("https://spa.test may read (CORS)")
        );
    }
}
