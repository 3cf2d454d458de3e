//! Where an API sends the page: to itself, by the application's address for it, or nowhere.

use http::HeaderValue;
use url::Url;

use super::back::Asked;

/// Returns the application's address for one that is below the API's own base.
///
/// An address elsewhere is dropped: a fetch of the page would follow it, in the application's name.
pub(super) fn own(asked: &Asked<'_>, value: &HeaderValue) -> Option<HeaderValue> {
    let url = resolve(asked.target, value)?;
    let own = asked.base.strip(&url, &format!("/api/{}", asked.name))?;
    HeaderValue::try_from(own).ok()
}

/// Returns the address that a reference means in an answer to a request for `target` (RFC 9110 §10.2.2).
pub(super) fn resolve(target: &http::Uri, reference: &HeaderValue) -> Option<Url> {
    Url::parse(&target.to_string()).ok()?.join(reference.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::downstream::Base;

    fn rewritten(location: &'static str) -> Option<String> {
        let asked = Asked {
            method: &Method::POST,
            target: &"https://orders.test/v1/list?page=2".parse().unwrap(),
            name: "orders",
            base: &Base::parse("https://orders.test/v1").unwrap(),
        };
        own(&asked, &HeaderValue::from_static(location)).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn an_address_of_the_api_becomes_the_applications() {
        assert_eq!(rewritten("/v1/list/5").as_deref(), Some("/api/orders/list/5"));
        assert_eq!(rewritten("list/5?a=b").as_deref(), Some("/api/orders/list/5?a=b"));
        assert_eq!(rewritten("https://orders.test/v1/list/5#top").as_deref(), Some("/api/orders/list/5"));
        assert_eq!(rewritten("?page=3").as_deref(), Some("/api/orders/list?page=3"));
    }

    #[test]
    fn every_other_address_is_dropped() {
        for location in [
            "https://evil.test/v1/list",
            "//evil.test/v1/list",
            "\\\\evil.test/v1",
            "/admin",
            "../admin",
            "/v1/../admin",
            "/v1/%2e%2e/admin",
            "javascript:alert(1)",
            "data:text/html,a",
            "https://orders.test@evil.test/v1/list",
        ] {
            assert_eq!(rewritten(location), None, "{location}");
        }
    }
}
