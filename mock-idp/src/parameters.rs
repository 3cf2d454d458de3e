//! The parameters of a request, from its query or its form.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};

use crate::oauth_error::{Code, OAuthError};

/// Parameters by name.
///
/// One without a value counts as left out, and one that comes twice has no value at all (RFC 6749 §3.1).
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, Vec<String>>);

impl Parameters {
    pub(crate) fn read(text: &str) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if !value.is_empty() {
                values.entry(name.into_owned()).or_default().push(value.into_owned());
            }
        }
        Self(values)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name)?.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::new(Code::InvalidRequest, format!("the parameter {name} is missing")))
    }

    /// Source: RFC 6749 §3.1 and §3.2, no parameter more than once.
    pub(crate) fn refuse_duplicates(&self) -> Result<(), OAuthError> {
        match self.0.iter().find(|(_, values)| values.len() > 1) {
            Some((name, _)) => {
                Err(OAuthError::new(Code::InvalidRequest, format!("the parameter {name} is there more than once")))
            }
            None => Ok(()),
        }
    }
}

/// The form of an OAuth endpoint, with every parameter at most once.
pub(crate) struct Form(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        if !is_form(request.headers()) {
            let remedy = "send the parameters as application/x-www-form-urlencoded";
            return Err(OAuthError::new(Code::InvalidRequest, remedy));
        }
        let text = String::from_request(request, state)
            .await
            .map_err(|_| OAuthError::new(Code::InvalidRequest, "the form cannot be read"))?;
        let parameters = Parameters::read(&text);
        parameters.refuse_duplicates()?;
        Ok(Self(parameters))
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
        assert!(parameters.refuse_duplicates().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_read(text in ".*") {
            let _ = Parameters::read(&text);
        }
    }
}
