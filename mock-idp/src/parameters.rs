//! The parameters of a request, from its query or its form.

use std::borrow::Cow;

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

/// Parameters by name.
///
/// One without a value counts as left out, and one that comes twice has no value at all (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    values: Vec<(String, String)>,
    /// The first name whose value is not UTF-8 in percent-encoding.
    malformed: Option<String>,
}

impl Parameters {
    pub(crate) fn read(text: &str) -> Self {
        let mut read = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) if !value.is_empty() => read.values.push((name, value)),
                (Some(_), Some(_)) => {}
                (name, _) => read.malformed = read.malformed.or(Some(name.unwrap_or_default())),
            }
        }
        read
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter().filter(|(known, _)| known == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Returns every value of a parameter that may come several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Puts one value in place of whatever was there.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.remove(name);
        self.values.push((name.to_owned(), value));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.values.retain(|(known, _)| known != name);
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
        let is_again = |place: usize, name: &str| self.values[..place].iter().any(|(known, _)| known == name);
        let mut single = self.values.iter().enumerate().filter(|(_, (name, _))| !REPEATABLE.contains(&name.as_str()));
        match single.find(|(place, (name, _))| is_again(*place, name)).map(|(_, pair)| pair) {
            Some((name, _)) => {
                Err(OAuthError::new(Code::InvalidRequest, format!("the parameter {name} is there more than once")))
            }
            None => Ok(()),
        }
    }
}

/// Reads one name or value; nothing for bytes that are no UTF-8, or a percent sign that begins no escape.
fn decode(text: &str) -> Option<String> {
    if !text.contains(['+', '%']) {
        return Some(text.to_owned());
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
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

/// The form of an OAuth endpoint, with every parameter at most once.
pub(crate) struct Form(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, OAuthError> {
        let parameters = Self::read(request).await?;
        parameters.refuse_malformed()?;
        Ok(Self(parameters))
    }
}

impl Form {
    /// Reads a form, malformed parameters included.
    async fn read(request: Request) -> Result<Parameters, OAuthError> {
        if !is_form(request.headers()) {
            let remedy = "send the parameters as application/x-www-form-urlencoded";
            return Err(OAuthError::new(Code::InvalidRequest, remedy));
        }
        let unread = |reason: String| OAuthError::new(Code::InvalidRequest, reason);
        let bytes = axum::body::to_bytes(request.into_body(), LONGEST)
            .await
            .map_err(|_| unread(format!("the form was cut off, or is longer than {LONGEST} bytes")).too_large())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| unread("the form is not UTF-8".to_owned()))?;
        Ok(Parameters::read(text))
    }
}

/// A form that a browser has posted to a page of ours; what cannot be read is no form, and nobody's wish.
pub(crate) struct PostedForm(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let form = Form::read(request).await.map_err(|error| pages::refused(&error.description))?;
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
    fn what_is_not_utf_8_in_percent_encoding_is_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "%ff=a", "a=1&b=%C3"] {
            assert!(Parameters::read(text).refuse_malformed().is_err(), "{text}");
        }
        assert_eq!(Parameters::read("a=%C3%A4+%2B").get("a"), Some("ä +"));
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
