//! Headers that belong to one hop and are never passed on, in either direction (RFC 9110 §7.6.1).

use http::{HeaderMap, header};

/// Tells whether a header belongs to one hop; `name` is in lower case.
pub(super) fn is_own(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authentication-info"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Returns the further headers that `Connection` names; mostly there are none.
pub(super) fn named(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::CONNECTION).iter();
    let items = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let names = items.map(|item| String::from_utf8_lossy(item.trim_ascii()).to_ascii_lowercase());
    names.filter(|name| !name.is_empty() && name != "close" && !is_own(name)).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn connection_can_name_more() {
        let mut headers = HeaderMap::new();
        assert!(named(&headers).is_empty());
        headers.append(header::CONNECTION, HeaderValue::from_static("Keep-Alive, X-Hop"));
        headers.append(header::CONNECTION, HeaderValue::from_static("close,,authorization "));
        assert_eq!(named(&headers), ["x-hop", "authorization"]);
    }
}
