//! The headers of an answer that come back to the page: an API speaks for itself, never in the application's name.

use http::{HeaderMap, HeaderName, Method, header};

use super::{hop, location, sandbox};
use crate::downstream::Base;
use crate::settings::Proxy;

/// To what an API has answered.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a http::Uri,
    pub(super) name: &'a str,
    pub(super) base: &'a Base,
}

/// Returns a copy of an API's headers with what may come back.
pub(super) fn headers(settings: &Proxy, asked: &Asked<'_>, headers: &HeaderMap) -> HeaderMap {
    let named = hop::named(headers);
    let mut back = HeaderMap::with_capacity(headers.len() + 8);
    for (name, value) in headers {
        if !passes(settings, asked.method, name, &named) {
            continue;
        }
        if settings.strip_resp.is_on() && (*name == header::LOCATION || *name == header::CONTENT_LOCATION) {
            if let Some(own) = location::own(asked, value) {
                back.append(name.clone(), own);
            }
            continue;
        }
        back.append(name.clone(), value.clone());
    }
    sandbox::put_on(settings, &mut back);
    back
}

fn passes(settings: &Proxy, method: &Method, name: &HeaderName, named: &[String]) -> bool {
    let name = name.as_str();
    // The length is that of the body that is sent; only the answer to a HEAD has another one (RFC 9110 §8.6).
    let is_length = name == "content-length" && *method != Method::HEAD;
    let is_stripped = hop::is_own(name)
        || is_length
        || named.iter().any(|named| named == name)
        || settings.strip_resp.is_on() && is_the_applications(name);
    !is_stripped
}

/// What holds for the whole origin, for the page, or for a server in between, and is not an API's to say.
///
/// Cookies and storage: `Set-Cookie`, `Clear-Site-Data`. Who may read: CORS, `Timing-Allow-Origin`. Policies:
/// `Content-Security-Policy` and its kin, `Strict-Transport-Security`, `Permissions-Policy`, `X-Frame-Options`. Where to
/// go and what to fetch: `Refresh`, `Link`, `Speculation-Rules`, `Service-Worker-Allowed`, `Alt-Svc`. Where to report.
/// Which credentials to ask for: `WWW-Authenticate` opens a dialogue in the application's name. What a server in front
/// obeys: `X-Accel-*`, `X-Sendfile`, cache directives of networks.
///
/// Source: OWASP ASVS 5.0.0 3.4.2; RFC 10017 §6.1.
fn is_the_applications(name: &str) -> bool {
    const PREFIXES: [&str; 7] = [
        "access-control-",
        "attribution-reporting-",
        "content-security-policy",
        "cross-origin-",
        "sec-",
        "x-accel-",
        "x-versus-",
    ];
    let is_known = matches!(
        name,
        "accept-ch"
            | "activate-storage-access"
            | "alt-svc"
            | "authentication-info"
            | "cdn-cache-control"
            | "clear-site-data"
            | "critical-ch"
            | "document-policy"
            | "dpop-nonce"
            | "expect-ct"
            | "feature-policy"
            | "integrity-policy"
            | "integrity-policy-report-only"
            | "link"
            | "nel"
            | "no-vary-search"
            | "observe-browsing-topics"
            | "origin-agent-cluster"
            | "origin-trial"
            | "permissions-policy"
            | "permissions-policy-report-only"
            | "public-key-pins"
            | "public-key-pins-report-only"
            | "referrer-policy"
            | "refresh"
            | "report-to"
            | "reporting-endpoints"
            | "service-worker-allowed"
            | "set-cookie"
            | "set-cookie2"
            | "set-login"
            | "sourcemap"
            | "speculation-rules"
            | "strict-transport-security"
            | "supports-loading-mode"
            | "surrogate-control"
            | "timing-allow-origin"
            | "use-as-dictionary"
            | "www-authenticate"
            | "x-dns-prefetch-control"
            | "x-frame-options"
            | "x-lighttpd-send-file"
            | "x-permitted-cross-domain-policies"
            | "x-reproxy-url"
            | "x-sendfile"
            | "x-sourcemap"
            | "x-xss-protection"
    );
    is_known || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::settings::Switch;

    fn back(settings: &Proxy, names: &[&'static str]) -> Vec<String> {
        let mut answered = HeaderMap::new();
        for name in names {
            answered.append(*name, HeaderValue::from_static("a"));
        }
        let asked = Asked {
            method: &Method::GET,
            target: &"https://orders.test/list".parse().unwrap(),
            name: "orders",
            base: &Base::parse("https://orders.test").unwrap(),
        };
        let back = headers(settings, &asked, &answered);
        back.keys().map(|name| name.as_str().to_owned()).filter(|name| names.contains(&name.as_str())).collect()
    }

    #[test]
    fn nothing_comes_back_that_speaks_for_the_application() {
        let names = [
            "set-cookie",
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "clear-site-data",
            "refresh",
            "strict-transport-security",
            "content-security-policy-report-only",
            "service-worker-allowed",
            "link",
            "www-authenticate",
            "x-accel-redirect",
            "cross-origin-embedder-policy",
            "x-frame-options",
            "alt-svc",
        ];
        assert_eq!(back(&Proxy::default(), &names), Vec::<String>::new());
        assert_eq!(back(&Proxy { strip_resp: Switch::Off, ..Proxy::default() }, &names), names);
    }

    #[test]
    fn the_hops_headers_and_the_length_never_come_back() {
        let weak = Proxy { strip_resp: Switch::Off, ..Proxy::default() };
        assert_eq!(
            back(&weak, &["connection", "transfer-encoding", "trailer", "content-length"]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_an_api_says_of_its_own_answer_passes() {
        for name in ["content-type", "etag", "last-modified", "vary", "retry-after", "content-range", "x-total-count"] {
            assert!(passes(&Proxy::default(), &Method::GET, &HeaderName::from_static(name), &[]), "{name}");
        }
    }
}
