//! What the provider answers, and where in it the things are that a test looks for.

use axum::http::header::AsHeaderName;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use url::Url;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// A member of the JSON object that is a text.
    pub(crate) fn member(&self, name: &str) -> String {
        let json = self.json();
        json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn description(&self) -> String {
        self.json()["error_description"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn policy(&self) -> &str {
        self.header(header::CONTENT_SECURITY_POLICY).unwrap_or_default()
    }

    pub(crate) fn location(&self) -> Url {
        let location = self.header(header::LOCATION);
        Url::parse(location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.text))).unwrap()
    }

    /// A parameter of the address to which the browser is sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        unescape(rest.split('"').next().unwrap())
    }

    /// The values of an attribute, in the order of the page.
    pub(crate) fn attributes(&self, name: &str) -> Vec<String> {
        let start = format!(" {name}=\"");
        self.text.split(&start).skip(1).map(|rest| unescape(rest.split('"').next().unwrap())).collect()
    }

    /// The text of the first element of a kind that has no attributes.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{name}>"))?;
        rest.split(&format!("</{name}>")).next()
    }
}

/// Reads a text as HTML does.
fn unescape(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';').unwrap_or_else(|| panic!("a bare & in {html}"));
        text.push_str(before);
        text.push(character(entity));
        rest = after;
    }
    text + rest
}

fn character(entity: &str) -> char {
    match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        number => {
            let digits = number.trim_start_matches('#');
            let code = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            code.ok().and_then(char::from_u32).unwrap_or_else(|| panic!("no entity: {entity}"))
        }
    }
}

#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = |name: &str| answer.member(name);
        Self { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") }
    }
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(jwt: &str) -> Value {
    use base64::Engine as _;
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
