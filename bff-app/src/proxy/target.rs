//! The upstream URL. Router and URL builder must not disagree about what a path means, so nothing is left to interpret.
//!
//! A segment stands for itself: what two programs could read in two ways is refused, encoded or not. Percent-encoding
//! is taken only where a segment cannot be written without it.

use http::{StatusCode, Uri};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::downstream::Base;
use crate::problem::Problem;

/// Builds the URL of what follows an API's name, from validated segments.
///
/// # Errors
///
/// 400 for a path that could mean two things.
pub(super) fn build(base: &Base, rest: Option<&str>, query: Option<&str>) -> Result<Uri, Problem> {
    if let Some(odd) = rest.and_then(|rest| rest.split('/').find(|segment| !is_plain(segment))) {
        let detail = format!("the path segment {odd:?} could mean two things, and is not passed on");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    base.join(rest, query).ok_or_else(cannot_be_passed_on)
}

/// The weak variant: the raw path, joined as text is joined.
pub(super) fn join(base: &Base, rest: Option<&str>, query: Option<&str>) -> Result<Uri, Problem> {
    let base = Url::parse(&format!("{base}/")).map_err(|_| cannot_be_passed_on())?;
    let mut url = base.join(rest.unwrap_or_default()).map_err(|_| cannot_be_passed_on())?;
    url.set_query(query);
    Uri::try_from(url.as_str()).map_err(|_| cannot_be_passed_on())
}

fn cannot_be_passed_on() -> Problem {
    Problem::fixed(StatusCode::BAD_REQUEST, "this path cannot be passed on")
}

/// Tells whether a segment has one meaning, whoever reads it.
fn is_plain(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    let mut is_encoded = false;
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = (bytes.next().and_then(hex), bytes.next().and_then(hex));
            let (Some(high), Some(low)) = digits else { return false };
            if !must_be_encoded(high * 16 + low) {
                return false;
            }
            is_encoded = true;
        } else if !stands_for_itself(byte) {
            return false;
        }
    }
    // RFC 3986 §5.2.4: a segment of dots is removed, with the one before it.
    let is_name = !segment.bytes().all(|byte| byte == b'.');
    is_name && (!is_encoded || percent_decode_str(segment).decode_utf8().is_ok())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// `pchar` without percent-encoding (RFC 3986 §3.3), and without `;`, at which some servers cut a segment off.
fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte)
}

/// What no segment can contain as it is, and no server takes for something else.
fn must_be_encoded(byte: u8) -> bool {
    !stands_for_itself(byte) && !byte.is_ascii_control() && !b"/\\;%?#".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base::parse("https://orders.test/v1").unwrap()
    }

    fn built(rest: &str) -> Result<String, StatusCode> {
        build(&base(), Some(rest), None).map(|url| url.to_string()).map_err(|problem| problem.status)
    }

    #[test]
    fn plain_segments_pass_unchanged() {
        for rest in ["list", "list/5", "a.b/c-d_e~f", "a:b@c", "a,b=c+d", "caf%C3%A9", "a%20b", "...a", "%5B1%5D"] {
            assert_eq!(built(rest), Ok(format!("https://orders.test/v1/{rest}")));
        }
        let built = build(&base(), None, Some("page=2&of=%2e%2e")).unwrap();
        assert_eq!(built, "https://orders.test/v1?page=2&of=%2e%2e");
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for rest in include_str!("corpus/paths.txt").lines().filter(|line| !line.starts_with("# ")) {
            assert_eq!(built(rest), Err(StatusCode::BAD_REQUEST), "{rest:?}");
        }
    }

    #[test]
    fn the_weak_variant_leaves_path_and_host() {
        let joined = |rest| join(&base(), Some(rest), None).unwrap().to_string();
        assert_eq!(joined("list"), "https://orders.test/v1/list");
        assert_eq!(joined("list/%2e%2e/%2e%2e/admin"), "https://orders.test/admin");
        assert_eq!(joined("//evil.test/list"), "https://evil.test/list");
        assert_eq!(joined("\\\\evil.test/list"), "https://evil.test/list");
    }

    proptest::proptest! {
        #[test]
        fn nothing_leaves_the_base(rest in "[ -~é\u{2024}]{0,60}", query in proptest::option::of("[!-~]{0,20}")) {
            if let Ok(url) = build(&base(), Some(&rest), query.as_deref()) {
                let text = url.to_string();
                proptest::prop_assert!(text.starts_with("https://orders.test/v1/"), "{}", text);
                let path = percent_decode_str(url.path()).decode_utf8().unwrap();
                let climbs = path.split(['/', '\\']).any(|segment| segment == ".." || segment == ".");
                proptest::prop_assert!(!climbs, "{}", path);
                proptest::prop_assert_eq!(path.matches('/').count(), 2 + rest.matches('/').count());
                // What another builder of URLs makes of it is the same.
                let parsed = Url::parse(&text).unwrap();
                proptest::prop_assert_eq!(parsed.path(), url.path());
                proptest::prop_assert_eq!(parsed.host_str(), Some("orders.test"));
            }
        }
    }

    #[test]
    fn every_byte_stands_for_itself_or_must_be_encoded_or_is_refused() {
        for byte in 0..=u8::MAX {
            let is_refused = byte.is_ascii_control() || b"/\\;%?#".contains(&byte);
            let ways = [stands_for_itself(byte), must_be_encoded(byte), is_refused];
            assert_eq!(ways.iter().filter(|is| **is).count(), 1, "{byte:#x}");
        }
    }
}
