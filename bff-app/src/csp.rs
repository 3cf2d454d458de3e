//! Content security policies: the host page's by its settings, and fixed ones for whatever is no page.
//!
//! A policy protects only the documents that send it, so everything sends one (W3C CSP3 §3).

use hosting::Issuer;
use http::HeaderValue;
use url::Url;

use crate::Config;
use crate::settings::{HandedOut, ScriptPolicy, Settings, Worker};

/// What is no page loads nothing, runs nothing, and has an origin of its own wherever it is opened.
static DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// The same, where framing is not forbidden.
static DATA_FRAMEABLE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// A service worker fetches for its pages from this origin alone; its policy is that of its own script
/// (WHATWG HTML §10.2.4, run a worker).
pub(crate) static SERVICE_WORKER: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

/// By what the page's script proves that it is the page's.
pub(crate) struct Proof<'a> {
    /// The nonce of this response, as base64url (W3C CSP3 §2.3.1).
    pub(crate) nonce: &'a str,
    /// The script's digest, as an `integrity` attribute has it (W3C SRI §3.1).
    pub(crate) integrity: &'a str,
}

/// Returns the host page's policy; nothing where the settings say that there is none.
pub(crate) fn of_page(config: &Config, settings: &Settings, proof: &Proof<'_>) -> Option<HeaderValue> {
    let csp = &settings.csp;
    let mut script = match csp.script {
        ScriptPolicy::Nonce | ScriptPolicy::NonceReused => format!("'nonce-{}'", proof.nonce),
        ScriptPolicy::Hash => format!("'{}'", proof.integrity),
        ScriptPolicy::Static => "'self' 'unsafe-inline'".to_owned(),
        ScriptPolicy::None => return None,
    };
    // Without a nonce or a digest to start from, it would let no script run at all (W3C CSP3 §8.2).
    if csp.strict_dynamic.is_on() && csp.script != ScriptPolicy::Static {
        script.push_str(" 'strict-dynamic'");
    }
    let connect = if csp.connect.is_on() { connect(config, settings) } else { "*".to_owned() };
    let worker = if csp.worker == Worker::None { "'none'" } else { "'self'" };
    let mut policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self'; connect-src {connect}; \
         worker-src {worker}; object-src 'none'; base-uri 'none'; form-action 'none'"
    );
    if csp.worker != Worker::None {
        policy.push_str("; manifest-src 'self'");
    }
    if csp.frame.is_on() {
        policy.push_str("; frame-ancestors 'none'");
    }
    if csp.trusted_types.is_on() {
        // A worker's address is script to the browser, so whoever has a worker of its own needs one policy by name.
        let names = if csp.worker == Worker::None { "'none'" } else { "service-worker" };
        policy.push_str("; require-trusted-types-for 'script'; trusted-types ");
        policy.push_str(names);
    }
    Some(HeaderValue::from_str(&policy).expect("origins, nonces and digests are visible ASCII"))
}

/// The own origin; and the public API, which the page calls itself where tokens are handed out.
fn connect(config: &Config, settings: &Settings) -> String {
    match &config.public_api {
        Some(api) if settings.handed_out != HandedOut::None => {
            // For a foreign host, `https:` does not stand for `wss:` (W3C CSP3 §6.7.2.8).
            let socket = api.origin.as_str().replacen("http", "ws", 1);
            format!("'self' {} {socket}", api.origin)
        }
        _ => "'self'".to_owned(),
    }
}

/// Returns the policy of whatever is no page.
pub(crate) fn of_data(settings: &Settings) -> HeaderValue {
    if settings.csp.frame.is_on() { DATA.clone() } else { DATA_FRAMEABLE.clone() }
}

/// Returns the policy of the front-channel address, which the provider's page must be able to frame.
///
/// Source: OpenID Connect Front-Channel Logout 1.0 §2.
pub(crate) fn of_frame(issuer: &Issuer) -> HeaderValue {
    let provider =
        Url::parse(issuer.as_str()).map_or_else(|_| "'none'".to_owned(), |url| url.origin().ascii_serialization());
    let policy = format!("default-src 'none'; frame-ancestors {provider}; sandbox");
    HeaderValue::from_str(&policy).expect("an origin is visible ASCII")
}

#[cfg(test)]
mod tests {
    use hosting::Origin;

    use super::*;
    use crate::PublicApi;
    use crate::settings::{Hardening, Switch};
    use crate::tests::agent::config;

    fn policy(change: impl Fn(&mut Settings)) -> Option<String> {
        let mut settings = Settings::default();
        change(&mut settings);
        let mut config = config();
        config.public_api = Some(PublicApi {
            origin: Origin::parse("https://api.test").unwrap(),
            audience: "api".to_owned(),
            scope: "accounts".to_owned(),
        });
        let policy = of_page(&config, &settings, &Proof { nonce: "n", integrity: "sha256-d" })?;
        Some(policy.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_reference_names_everything_and_allows_little() {
        assert_eq!(
            policy(|_| {}).as_deref(),
            Some(
                "default-src 'none'; script-src 'nonce-n'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                 worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                 require-trusted-types-for 'script'; trusted-types 'none'"
            )
        );
    }

    fn says(change: impl Fn(&mut Settings), part: &str) -> bool {
        policy(change).unwrap().contains(part)
    }

    #[test]
    fn each_switch_changes_its_own_part() {
        assert!(says(|s| s.csp.script = ScriptPolicy::Hash, "script-src 'sha256-d';"));
        assert!(says(|s| s.csp.script = ScriptPolicy::Static, "script-src 'self' 'unsafe-inline';"));
        assert!(says(|s| s.csp.strict_dynamic = Hardening::On, "script-src 'nonce-n' 'strict-dynamic';"));
        assert!(says(|s| s.csp.connect = Switch::Off, "connect-src *;"));
        assert!(says(|s| s.handed_out = HandedOut::AccessToken, "connect-src 'self' https://api.test wss://api.test;"));
        assert!(says(|s| s.csp.worker = Worker::Own, "worker-src 'self'; "));
        assert!(says(|s| s.csp.worker = Worker::Own, "; trusted-types service-worker"));
        assert!(!says(|s| s.csp.frame = Switch::Off, "frame-ancestors"));
        assert!(!says(|s| s.csp.trusted_types = Switch::Off, "trusted-types"));
        assert_eq!(policy(|s| s.csp.script = ScriptPolicy::None), None);
    }

    #[test]
    fn the_front_channel_address_is_framed_by_the_provider_alone() {
        let of = |issuer| of_frame(&Issuer::parse(issuer).unwrap());
        assert_eq!(of("https://idp.test/realms/one"), "default-src 'none'; frame-ancestors https://idp.test; sandbox");
    }
}
