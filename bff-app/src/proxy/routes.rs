//! The registered routes of an API: nothing else of it can be reached.

use http::{HeaderValue, Method};

use crate::Route;

/// The routes of one API, read once.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    methods: Vec<Method>,
    segments: Vec<Segment>,
    /// Whether any number of segments may follow.
    is_open: bool,
}

#[derive(Debug)]
enum Segment {
    One(String),
    Any,
}

/// Why a request is not passed on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotRegistered {
    /// There is no route with this path.
    Path,
    /// There is, for these methods.
    Method(HeaderValue),
}

impl Routes {
    pub(crate) fn new(routes: &[Route]) -> Self {
        Self(routes.iter().map(Pattern::new).collect())
    }

    /// Looks for a route; `rest` is the path below the API's base, without the slash before it.
    pub(super) fn check(&self, method: &Method, rest: Option<&str>) -> Result<(), NotRegistered> {
        let mut is_known = false;
        for pattern in self.0.iter().filter(|pattern| pattern.matches(rest)) {
            if pattern.methods.contains(method) {
                return Ok(());
            }
            is_known = true;
        }
        if is_known { Err(NotRegistered::Method(self.allowed(rest))) } else { Err(NotRegistered::Path) }
    }

    /// Returns what `Allow` says (RFC 9110 §10.2.1).
    fn allowed(&self, rest: Option<&str>) -> HeaderValue {
        let matching = self.0.iter().filter(|pattern| pattern.matches(rest));
        let mut names: Vec<&str> = matching.flat_map(|pattern| &pattern.methods).map(Method::as_str).collect();
        names.sort_unstable();
        names.dedup();
        HeaderValue::try_from(names.join(", ")).expect("methods are tokens (RFC 9110 §9.1)")
    }
}

impl Pattern {
    fn new(route: &Route) -> Self {
        let path = route.path.trim_matches('/');
        let (path, is_open) = match path.strip_suffix("**") {
            Some(before) if before.is_empty() || before.ends_with('/') => (before.trim_end_matches('/'), true),
            _ => (path, false),
        };
        let segment = |text: &str| if text == "*" { Segment::Any } else { Segment::One(text.to_owned()) };
        let segments = path.split('/').filter(|text| !text.is_empty()).map(segment).collect();
        Self { methods: route.methods.clone(), segments, is_open }
    }

    fn matches(&self, rest: Option<&str>) -> bool {
        let mut found = rest.into_iter().flat_map(|rest| rest.split('/'));
        let is_begun = self.segments.iter().all(|segment| match (segment, found.next()) {
            (Segment::Any, Some(_)) => true,
            (Segment::One(expected), Some(found)) => expected == found,
            (_, None) => false,
        });
        is_begun && (self.is_open || found.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: &[(&str, &[Method])]) -> Routes {
        let routes = paths.iter().map(|(path, methods)| Route { methods: methods.to_vec(), path: (*path).to_owned() });
        Routes::new(&routes.collect::<Vec<_>>())
    }

    #[test]
    fn a_path_is_compared_segment_by_segment() {
        let matches = |path: &str, rest| routes(&[(path, &[Method::GET])]).check(&Method::GET, rest).is_ok();
        for (path, rest) in [
            ("", None),
            ("/", None),
            ("list", Some("list")),
            ("/list/", Some("list")),
            ("list/*", Some("list/5")),
            ("*/items/*", Some("7/items/9")),
            ("list/**", Some("list")),
            ("list/**", Some("list/5/items")),
            ("**", None),
            ("**", Some("whatever/it/is")),
        ] {
            assert!(matches(path, rest), "{path} {rest:?}");
        }
        for (path, rest) in [
            ("", Some("list")),
            ("list", None),
            ("list", Some("List")),
            ("list", Some("list/5")),
            ("list/*", Some("list")),
            ("list/*", Some("list/5/items")),
            ("list/**", Some("listing")),
            ("list**", Some("listing")),
        ] {
            assert!(!matches(path, rest), "{path} {rest:?}");
        }
    }

    #[test]
    fn a_method_that_is_not_registered_is_told_which_are() {
        let routes = routes(&[("list/*", &[Method::GET]), ("list/*", &[Method::DELETE, Method::GET]), ("other", &[])]);
        let refused = routes.check(&Method::POST, Some("list/5"));
        assert_eq!(refused, Err(NotRegistered::Method(HeaderValue::from_static("DELETE, GET"))));
        assert_eq!(routes.check(&Method::POST, Some("lists")), Err(NotRegistered::Path));
        assert_eq!(routes.check(&Method::DELETE, Some("list/5")), Ok(()));
    }
}
