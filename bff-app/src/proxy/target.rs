//! The upstream URL. Router and URL builder must not disagree about what a path means, so nothing is left to interpret.

use hosting::Origin;
use http::{StatusCode, Uri};
use url::Url;

use crate::problem::Problem;
use crate::settings::Proxy;

/// The page's side of the allowed prefix, and the downstream's.
const PREFIX: &str = "/api/";
const ALLOWED: &str = "orders";

/// Builds the URL for a request.
///
/// # Errors
///
/// 400 for a path that could mean two things, 404 for one outside the allowed prefix.
pub(super) fn build(settings: &Proxy, downstream: &Origin, uri: &Uri) -> Result<Url, Problem> {
    let base =
        Url::parse(downstream.as_str()).map_err(|error| Problem::new(StatusCode::BAD_GATEWAY, error.to_string()))?;
    let rest = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    if settings.normalise.is_on() { from_segments(base, rest, uri.query()) } else { naive(&base, rest, uri.query()) }
}

fn from_segments(mut url: Url, rest: &str, query: Option<&str>) -> Result<Url, Problem> {
    let segments: Vec<&str> = rest.split('/').collect();
    if segments.first() != Some(&ALLOWED) {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {:?}", format!("{PREFIX}{rest}"))));
    }
    for segment in &segments {
        if !is_plain(segment) {
            let detail = format!(
                "the path segment {segment:?} could mean two things: only letters, digits, -, _ and . are taken"
            );
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        }
    }
    let host = url.host_str().map(str::to_owned);
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(&segments);
    }
    url.set_query(query);
    // Whatever the builder made of it, the request goes where it was meant to go, or nowhere.
    let expected = format!("/{rest}");
    if url.host_str().map(str::to_owned) != host || url.path() != expected {
        return Err(Problem::new(StatusCode::BAD_REQUEST, format!("the path {rest:?} cannot be passed on unchanged")));
    }
    Ok(url)
}

fn is_plain(segment: &str) -> bool {
    let taken = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !segment.is_empty() && segment.bytes().all(taken) && !segment.bytes().all(|byte| byte == b'.')
}

/// The weak variant: the raw path, joined as text is joined.
fn naive(base: &Url, rest: &str, query: Option<&str>) -> Result<Url, Problem> {
    let mut url = base.join(rest).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    url.set_query(query);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Switch;

    fn built(normalise: Switch, path: &str) -> Result<String, StatusCode> {
        let settings = Proxy { normalise, ..Proxy::default() };
        let downstream = Origin::parse("https://orders.test").unwrap();
        let uri: Uri = path.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        build(&settings, &downstream, &uri).map(Into::into).map_err(|problem| problem.status)
    }

    #[test]
    fn passes_plain_paths_on_unchanged() {
        assert_eq!(
            built(Switch::On, "/api/orders/list?page=2").as_deref(),
            Ok("https://orders.test/orders/list?page=2")
        );
        assert_eq!(built(Switch::On, "/api/orders").as_deref(), Ok("https://orders.test/orders"));
    }

    #[test]
    fn refuses_what_could_mean_two_things() {
        for path in [
            "/api/orders/%2e%2e/admin",
            "/api/orders/../admin",
            "/api/orders//evil",
            "/api/orders/a;b",
            "/api/orders/a%2fb",
            "/api/orders/",
        ] {
            assert_eq!(built(Switch::On, path), Err(StatusCode::BAD_REQUEST), "{path}");
        }
        assert_eq!(built(Switch::On, "/api/admin"), Err(StatusCode::NOT_FOUND));
    }

    #[test]
    fn the_weak_variant_leaves_the_prefix() {
        assert_eq!(built(Switch::Off, "/api/orders/%2e%2e/admin").as_deref(), Ok("https://orders.test/admin"));
    }

    proptest::proptest! {
        #[test]
        fn never_leaves_prefix_or_host(rest in "[!-~]{0,60}") {
            if let Ok(url) = built(Switch::On, &format!("/api/orders/{rest}")) {
                proptest::prop_assert!(url.starts_with("https://orders.test/orders/"), "{}", url);
                proptest::prop_assert!(!url.contains(".."), "{}", url);
            }
        }
    }
}
