//! What keeps an API's answer from becoming a page, or a script, of the application's origin.

use http::{HeaderMap, HeaderValue, header};

use crate::settings::Proxy;

/// The policy of every answer that passes: shown as a page it has no origin, no script and nothing to load.
///
/// Source: W3C CSP3 §6.3.2 (sandbox); CVE-2022-21702 (Grafana).
static POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// The policy without the sandbox: it says something, so that no stricter one is put in its place.
static WEAK_POLICY: HeaderValue = HeaderValue::from_static("frame-ancestors 'none'");

/// Puts the sandbox on.
pub(super) fn put_on(settings: &Proxy, headers: &mut HeaderMap) {
    if !settings.sandbox.is_on() {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| WEAK_POLICY.clone());
        return;
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    match kind(headers) {
        Kind::Plain => {}
        Kind::Page => {
            let kept = headers.get(header::CONTENT_DISPOSITION).is_some_and(is_attachment);
            if !kept {
                headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
            }
        }
        // A policy of the answer does not bind the page that loads it as a script; a type that is none does.
        Kind::Script => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// What a browser shows as a document in which script can run.
    Page,
    /// What a browser runs where it is asked for as a script.
    Script,
}

fn kind(headers: &HeaderMap) -> Kind {
    let mut kind = Kind::Plain;
    // Whichever of several types a browser believes.
    for value in headers.get_all(header::CONTENT_TYPE) {
        for item in value.as_bytes().split(|byte| *byte == b',') {
            let essence = item.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
            let has = |part: &[u8]| essence.windows(part.len()).any(|window| window == part);
            if has(b"html") || has(b"xml") || has(b"svg") || has(b"xsl") || essence == b"multipart/x-mixed-replace" {
                return Kind::Page;
            }
            if has(b"javascript") || has(b"ecmascript") || has(b"jscript") || has(b"livescript") {
                kind = Kind::Script;
            }
        }
    }
    kind
}

fn is_attachment(value: &HeaderValue) -> bool {
    let kind = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"attachment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Switch;

    fn sandboxed(content_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        put_on(&Proxy::default(), &mut headers);
        headers
    }

    #[test]
    fn a_page_is_handed_over_as_a_file() {
        for content_type in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "text/plain, text/html",
        ] {
            let headers = sandboxed(content_type);
            assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment", "{content_type}");
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "sandbox; default-src 'none'");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[test]
    fn a_file_keeps_its_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("Attachment; filename=a.html"));
        put_on(&Proxy::default(), &mut headers);
        assert_eq!(headers[header::CONTENT_DISPOSITION], "Attachment; filename=a.html");
    }

    #[test]
    fn a_script_is_text() {
        for content_type in ["text/javascript", "application/x-javascript;charset=utf-8", "application/ecmascript"] {
            assert_eq!(sandboxed(content_type)[header::CONTENT_TYPE], "text/plain", "{content_type}");
        }
        let json = sandboxed("application/json");
        assert_eq!(json[header::CONTENT_TYPE], "application/json");
        assert!(!json.contains_key(header::CONTENT_DISPOSITION));
    }

    #[test]
    fn without_the_sandbox_a_page_stays_a_page() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        put_on(&Proxy { sandbox: Switch::Off, ..Proxy::default() }, &mut headers);
        assert!(!headers.contains_key(header::CONTENT_DISPOSITION));
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "frame-ancestors 'none'");
    }
}
