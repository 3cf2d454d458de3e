//! The headers of a request that go to the API: not the hop's, not the caller's identity, not our own protection's.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName};

use super::hop;
use crate::settings::Proxy;

/// Returns a copy without what is not passed on.
pub(super) fn headers(settings: &Proxy, headers: &HeaderMap) -> HeaderMap {
    let named = hop::named(headers);
    let mut onward = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        if passes(settings, name, &named) {
            onward.append(name.clone(), value.clone());
        }
    }
    onward
}

fn passes(settings: &Proxy, name: &HeaderName, named: &[String]) -> bool {
    // Servers behind CGI-like interfaces read `X_User` as `X-User` (RFC 3875 §4.1.18), so it is judged as that.
    let name = name.as_str();
    let judged = if name.contains('_') { Cow::Owned(name.replace('_', "-")) } else { Cow::Borrowed(name) };
    let judged = judged.as_ref();
    let is_stripped = hop::is_own(judged)
        || named.iter().any(|named| named == name)
        || is_ours(judged)
        || settings.strip_cookie.is_on() && judged == "cookie"
        || settings.strip_authz.is_on() && is_credential(judged)
        || settings.strip_ident.is_on() && is_identity(judged);
    !is_stripped
}

/// What concerns this application alone, or is made anew for the API.
fn is_ours(name: &str) -> bool {
    matches!(
        name,
        "content-length"
            | "expect"
            | "host"
            | "origin"
            | "referer"
            // The method was checked; nothing may make another of it.
            | "x-http-method"
            | "x-http-method-override"
            | "x-method-override"
    ) || name.starts_with("x-csrf")
        || name.starts_with("sec-fetch-")
}

/// What would stand beside or instead of the credential that is sent.
fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "dpop" | "x-access-token" | "x-id-token")
}

/// Whom or which way a caller claims to be, in the names that proxies, gateways and frameworks believe.
///
/// Source: RFC 7239; RFC 9440; CVE-2025-64484, CVE-2026-40575 (oauth2-proxy); CVE-2025-29927 (Next.js).
fn is_identity(name: &str) -> bool {
    const PREFIXES: [&str; 19] = [
        "cf-",
        "client-cert",
        "oidc-",
        "ssl-client-",
        "x-amzn-oidc-",
        "x-auth-",
        "x-authenticated-",
        "x-client-cert",
        "x-envoy-",
        "x-forwarded",
        "x-goog-authenticated-",
        "x-middleware-",
        "x-ms-client-principal",
        "x-original-",
        "x-remote-",
        "x-rewrite-",
        "x-ssl-",
        "x-user",
        "x-webauth-",
    ];
    let is_known = matches!(
        name,
        "forwarded"
            | "remote-addr"
            | "remote-user"
            | "true-client-ip"
            | "via"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "x-host"
            | "x-proxyuser-ip"
            | "x-real-ip"
    );
    is_known || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::settings::Switch;

    const IDENTITY: [&str; 16] = [
        "Forwarded",
        "X-Forwarded-For",
        "X_Forwarded_User",
        "x-forwarded_host",
        "X-Real-IP",
        "X-Remote-User",
        "X-REMOTE-USER",
        "Remote-User",
        "remote_user",
        "X-User-Id",
        "X-Auth-Request-Email",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Middleware-Subrequest",
        "Client-Cert",
        "Via",
    ];

    fn left(settings: &Proxy, names: &[&str]) -> Vec<String> {
        let mut sent = HeaderMap::new();
        for name in names {
            sent.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_static("a"));
        }
        headers(settings, &sent).keys().map(|name| name.as_str().to_owned()).collect()
    }

    #[test]
    fn what_the_api_needs_passes_in_order() {
        let names =
            ["accept", "content-type", "accept-language", "x-request-id", "idempotency-key", "if-match", "range"];
        assert_eq!(left(&Proxy::default(), &names), names);
    }

    #[test]
    fn identity_passes_only_where_the_switch_is_off() {
        assert_eq!(left(&Proxy::default(), &IDENTITY), Vec::<String>::new());
        let weak = Proxy { strip_ident: Switch::Off, ..Proxy::default() };
        assert!(left(&weak, &IDENTITY).contains(&"x_forwarded_user".to_owned()));
    }

    #[test]
    fn cookie_and_authorization_pass_only_where_their_switch_is_off() {
        let names = ["cookie", "authorization", "dpop"];
        assert_eq!(left(&Proxy::default(), &names), Vec::<String>::new());
        assert_eq!(left(&Proxy { strip_cookie: Switch::Off, ..Proxy::default() }, &names), ["cookie"]);
        assert_eq!(left(&Proxy { strip_authz: Switch::Off, ..Proxy::default() }, &names), ["authorization", "dpop"]);
    }

    #[test]
    fn the_hops_and_our_own_headers_never_pass() {
        let weak =
            Proxy { strip_authz: Switch::Off, strip_cookie: Switch::Off, strip_ident: Switch::Off, ..Proxy::default() };
        let names = [
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "transfer_encoding",
            "upgrade",
            "proxy-authorization",
            "host",
            "content-length",
            "content_length",
            "expect",
            "origin",
            "referer",
            "x-csrf",
            "x-csrf-token",
            "X_CSRF",
            "sec-fetch-site",
            "x-http-method-override",
        ];
        assert_eq!(left(&weak, &names), Vec::<String>::new());
        let mut sent = HeaderMap::new();
        sent.append("connection", HeaderValue::from_static("close, X-Secret"));
        sent.append("x-secret", HeaderValue::from_static("a"));
        assert!(headers(&Proxy::default(), &sent).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_spelling_of_an_identity_passes(at in 0..IDENTITY.len(), ways in proptest::collection::vec(0..4_u8, 30)) {
            let spelt = |(character, way): (char, &u8)| {
                let character = if way & 1 == 1 && character == '-' { '_' } else { character };
                if way & 2 == 2 { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
            };
            let spelt: String = IDENTITY[at].chars().zip(&ways).map(spelt).collect();
            proptest::prop_assert_eq!(left(&Proxy::default(), &[spelt.as_str()]), Vec::<String>::new());
        }
    }
}
