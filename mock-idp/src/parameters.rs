//! The parameters of a request, from its query or its form.

use std::borrow::Cow;
use std::collections::HashSet;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use crate::oauth_error::{Code, OAuthError};
use crate::pages;

/// A longer form or query is not read, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;

/// Parameters of which a request may have several (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

/// So many names are compared each with each, which costs less than a set of them.
const FEW: usize = 16;

/// Parameters by name.
///
/// One without a value counts as left out, and one that comes twice has no value at all (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// Every name and value, one after the other.
    text: String,
    /// Where in the text each parameter is.
    places: Vec<Place>,
    /// The first name whose value is not UTF-8 in percent-encoding.
    malformed: Option<String>,
}

/// Where a parameter begins, where its name ends and its value begins, and where that ends.
#[derive(Clone, Copy, Debug)]
struct Place {
    begin: usize,
    middle: usize,
    end: usize,
}

impl Parameters {
    pub(crate) fn read(text: &str) -> Self {
        let mut read = Self { text: String::with_capacity(text.len()), ..Self::default() };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) if !value.is_empty() => read.push(&name, &value),
                (Some(_), Some(_)) => {}
                (name, _) => read.malformed = read.malformed.or(Some(name.unwrap_or_default().into_owned())),
            }
        }
        read
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Returns every value of a parameter that may come several times.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Puts one value in place of whatever was there.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.push(name, value);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.retain(|known| known != name);
    }

    /// Keeps the parameters of these names alone.
    pub(crate) fn keep(&mut self, names: &[&str]) {
        self.retain(|known| names.contains(&known));
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::new(Code::InvalidRequest, format!("the parameter {name} is missing")))
    }

    /// Source: RFC 6749 §3.1 and §3.2, no parameter more than once; appendix B, UTF-8 in percent-encoding.
    pub(crate) fn refuse_malformed(&self) -> Result<(), OAuthError> {
        if let Some(name) = &self.malformed {
            let reason = format!("the parameter {name} is not UTF-8 in percent-encoding");
            return Err(OAuthError::new(Code::InvalidRequest, reason));
        }
        match self.repeated() {
            Some(name) => {
                Err(OAuthError::new(Code::InvalidRequest, format!("the parameter {name} is there more than once")))
            }
            None => Ok(()),
        }
    }

    /// Returns a name that is there more than once and must not be.
    fn repeated(&self) -> Option<&str> {
        let names = self.pairs().map(|(name, _)| name).enumerate();
        let mut once = names.filter(|(_, name)| !REPEATABLE.contains(name));
        if self.places.len() > FEW {
            // Whoever sends thousands must not make each of them be compared with all others.
            let mut seen = HashSet::new();
            return once.find(|(_, name)| !seen.insert(*name)).map(|(_, name)| name);
        }
        let is_again = |place: usize, name: &str| self.pairs().take(place).any(|(known, _)| known == name);
        once.find(|(place, name)| is_again(*place, name)).map(|(_, name)| name)
    }

    fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        let mut rest = Self { malformed: self.malformed.clone(), ..Self::default() };
        self.pairs().filter(|(name, _)| is_kept(name)).for_each(|(name, value)| rest.push(name, value));
        *self = rest;
    }

    fn push(&mut self, name: &str, value: &str) {
        let begin = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        self.places.push(Place { begin, middle, end: self.text.len() });
    }

    /// Returns every name with its value.
    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|place| (&self.text[place.begin..place.middle], &self.text[place.middle..place.end]))
    }
}

/// Reads one name or value; nothing for bytes that are no UTF-8, or a percent sign that begins no escape.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'+' || byte == b'%') {
        return Some(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    let mut rest = spaced.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte == b'%') {
        let escape = rest.get(place + 1..place + 3)?;
        if !escape.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = &rest[place + 3..];
    }
    percent_decode_str(&spaced).decode_utf8().ok().map(|decoded| Cow::Owned(decoded.into_owned()))
}

/// Reads a form, malformed parameters included.
///
/// # Errors
///
/// When it is not called a form, is too long, was cut off, or is not UTF-8.
pub(crate) async fn read_form(headers: &HeaderMap, body: Body) -> Result<Parameters, OAuthError> {
    if !is_form(headers) {
        let remedy = "send the parameters as application/x-www-form-urlencoded";
        return Err(OAuthError::new(Code::InvalidRequest, remedy));
    }
    let unread = |reason: String| OAuthError::new(Code::InvalidRequest, reason);
    let bytes = axum::body::to_bytes(body, LONGEST)
        .await
        .map_err(|_| unread(format!("the form was cut off, or is longer than {LONGEST} bytes")).too_large())?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unread("the form is not UTF-8".to_owned()))?;
    Ok(Parameters::read(text))
}

/// A form that a browser has posted to a page of ours; what cannot be read is no form, and nobody's wish.
pub(crate) struct PostedForm(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let form = read_form(&parts.headers, body).await.map_err(|error| pages::refused(&error.description))?;
        Ok(Self(form))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_comes_twice_has_no_value() {
        let parameters = Parameters::read("a=1&b=2&a=3&c=");
        assert_eq!(parameters.get("a"), None);
        assert_eq!(parameters.get("b"), Some("2"));
        assert_eq!(parameters.get("c"), None);
        assert!(parameters.refuse_malformed().is_err());
    }

    #[test]
    fn a_resource_may_come_several_times() {
        let parameters = Parameters::read("resource=a&resource=b");
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert!(parameters.refuse_malformed().is_ok());
    }

    #[test]
    fn a_name_that_comes_again_is_found_among_few_and_among_many() {
        for others in [1, FEW / 2 - 1, FEW / 2, 5_000] {
            let others: Vec<String> = (0..others).map(|n| format!("p{n}=x&resource=x")).collect();
            let text = others.join("&");
            assert!(Parameters::read(&text).refuse_malformed().is_ok(), "{} others", others.len());
            let refused = Parameters::read(&format!("{text}&p0=y")).refuse_malformed().unwrap_err();
            assert!(refused.description.contains("p0"), "{}", refused.description);
        }
    }

    #[test]
    fn what_is_not_utf_8_in_percent_encoding_is_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "%ff=a", "a=1&b=%C3"] {
            assert!(Parameters::read(text).refuse_malformed().is_err(), "{text}");
        }
        assert_eq!(Parameters::read("a=%C3%A4+%2B").get("a"), Some("ä +"));
    }

    #[test]
    fn what_is_set_replaces_every_value_and_what_is_removed_is_gone() {
        let mut parameters = Parameters::read("a=1&b=2&a=3");
        parameters.set("a", "4");
        assert_eq!((parameters.get("a"), parameters.get("b")), (Some("4"), Some("2")));
        parameters.remove("b");
        assert_eq!((parameters.get("a"), parameters.get("b")), (Some("4"), None));
        assert!(!parameters.text.contains('2'), "a secret that was removed is nowhere");
    }

    #[test]
    fn nothing_is_kept_but_what_is_named() {
        let mut parameters = Parameters::read("a=1&hidden=2&resource=3&hidden=4&resource=5");
        parameters.keep(&["a", "b", "resource"]);
        assert_eq!((parameters.get("a"), parameters.get("hidden")), (Some("1"), None));
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["3", "5"]);
        assert!(!parameters.text.contains("hidden") && parameters.places.len() == 3);
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_read(text in ".*") {
            let _ = Parameters::read(&text).refuse_malformed();
        }

        #[test]
        fn what_was_encoded_is_what_is_read(name in ".{1,20}", value in ".{1,20}") {
            let text = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let parameters = Parameters::read(&text);
            proptest::prop_assert!(parameters.refuse_malformed().is_ok());
            proptest::prop_assert_eq!(parameters.get(&name), Some(value.as_str()));
        }
    }
}
