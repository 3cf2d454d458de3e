//! What a request says about the page that sent it. Browsers write both headers, and no script can.

use http::header::AsHeaderName;
use http::{HeaderMap, header};

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// The own page.
    Own,
    /// Another page; or the request says two things, and nobody knows which.
    Foreign,
    /// The request does not say.
    Unnamed,
}

impl Sender {
    /// Judges by `Origin` (RFC 6454 §7), which a browser writes as the origin is serialised, or as `null`.
    pub(super) fn by_origin(headers: &HeaderMap, own: &str) -> Self {
        Self::by(headers, header::ORIGIN, own)
    }

    /// Judges by `Sec-Fetch-Site` (W3C Fetch Metadata §2.3): a sibling is another site here.
    pub(super) fn by_site(headers: &HeaderMap) -> Self {
        Self::by(headers, "sec-fetch-site", "same-origin")
    }

    fn by(headers: &HeaderMap, name: impl AsHeaderName, own: &str) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Unnamed,
            (Some(value), None) if value.as_bytes() == own.as_bytes() => Self::Own,
            _ => Self::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OWN: &str = "https://bff.test";

    fn by_origin(values: &[&[u8]]) -> Sender {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ORIGIN, HeaderValue::from_bytes(value).unwrap());
        }
        Sender::by_origin(&headers, OWN)
    }

    #[test]
    fn one_own_name_is_the_own_page_and_two_names_are_not() {
        assert_eq!(by_origin(&[OWN.as_bytes()]), Sender::Own);
        assert_eq!(by_origin(&[]), Sender::Unnamed);
        assert_eq!(by_origin(&[OWN.as_bytes(), b"https://evil.test"]), Sender::Foreign);
        assert_eq!(by_origin(&[OWN.as_bytes(), OWN.as_bytes()]), Sender::Foreign);
    }

    proptest::proptest! {
        #[test]
        fn nothing_else_passes_for_the_own_origin(value in proptest::collection::vec(32_u8..=255, 0..60)) {
            if HeaderValue::from_bytes(&value).is_ok() {
                let expected = if value == OWN.as_bytes() { Sender::Own } else { Sender::Foreign };
                proptest::prop_assert_eq!(by_origin(&[&value]), expected);
            }
        }
    }
}
