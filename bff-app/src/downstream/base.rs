//! Where an API is: an origin, or an origin with a path.

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use url::Url;

/// What stands in place of `/api/<name>`; scheme, host and port of a request to the API come from nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end.
    path: String,
}

impl Base {
    /// Reads an address such as `https://orders.test` or `https://apis.test/orders`, or returns nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts = text.parse::<Uri>().ok()?.into_parts();
        let scheme = parts.scheme.filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)?;
        let authority = parts.authority.filter(|authority| !authority.as_str().contains('@'))?;
        let path = parts.path_and_query.filter(|path| path.query().is_none())?;
        Some(Self { scheme, authority, path: path.path().trim_end_matches('/').to_owned() })
    }

    /// Returns the address of a path below it.
    ///
    /// `rest` is what is appended, with the slash before it, and has been validated by the caller.
    pub(crate) fn join(&self, rest: Option<&str>, query: Option<&str>) -> Option<Uri> {
        let length = |part: Option<&str>| part.map_or(0, |part| part.len() + 1);
        let mut target = String::with_capacity(self.path.len() + length(rest) + length(query) + 1);
        target.push_str(&self.path);
        if let Some(rest) = rest {
            target.push('/');
            target.push_str(rest);
        } else if target.is_empty() {
            target.push('/');
        }
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
        Uri::from_parts(parts).ok()
    }

    /// Returns the path on the application's side for an address below this one, `prefix` standing in its place.
    pub(crate) fn strip(&self, url: &Url, prefix: &str) -> Option<String> {
        let own = Url::parse(&self.to_string()).ok()?;
        let is_own = url.origin() == own.origin() && url.username().is_empty() && url.password().is_none();
        let rest = url.path().strip_prefix(&self.path).filter(|_| is_own)?;
        let rest = if rest == "/" { "" } else { rest };
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{prefix}{rest}{query}"))
    }
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_an_origin_with_or_without_a_path() {
        for (text, expected) in [
            ("https://orders.test", "https://orders.test"),
            ("https://orders.test/", "https://orders.test"),
            ("http://127.0.0.1:8080/v1/orders/", "http://127.0.0.1:8080/v1/orders"),
        ] {
            assert_eq!(Base::parse(text).unwrap().to_string(), expected);
        }
        for text in
            ["", "/orders", "orders.test", "ftp://orders.test", "https://u@orders.test", "https://orders.test?a=b"]
        {
            assert_eq!(Base::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_is_appended_to_its_own() {
        let join = |base: &str, rest, query| Base::parse(base).unwrap().join(rest, query).unwrap().to_string();
        assert_eq!(join("https://orders.test", None, None), "https://orders.test/");
        assert_eq!(join("https://orders.test/v1", None, Some("a=b")), "https://orders.test/v1?a=b");
        assert_eq!(join("https://orders.test/v1", Some("list/5"), None), "https://orders.test/v1/list/5");
    }

    #[test]
    fn only_what_is_below_it_can_be_stripped() {
        let strip = |url: &str| {
            let base = Base::parse("https://orders.test/v1").unwrap();
            base.strip(&Url::parse(url).unwrap(), "/api/orders")
        };
        assert_eq!(strip("https://orders.test/v1/list?page=2").as_deref(), Some("/api/orders/list?page=2"));
        assert_eq!(strip("https://orders.test:443/v1").as_deref(), Some("/api/orders"));
        for url in [
            "https://orders.test/v10/list",
            "https://orders.test/",
            "http://orders.test/v1/list",
            "https://orders.test:8443/v1/list",
            "https://evil.test/v1/list",
            "https://u:p@orders.test/v1/list",
            "https://orders.test/v1/../admin",
        ] {
            assert_eq!(strip(url), None, "{url}");
        }
    }
}
