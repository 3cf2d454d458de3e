//! Lies about what a code or a refresh token was exchanged for.
//!
//! Source: RFC 6749 §5.1 and §5.2, OpenID Connect Core 1.0 §3.1.3.5, RFC 9700 §4.14.2.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hosting::Kind;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::forgery::{self, EVIL};
use super::hostile_answer as hostile;
use crate::issuer::Issuer;
use crate::tokens::Grant;

super::lies! {
    /// A lie about what a code or a refresh token was exchanged for.
    TokenResponseLie in "token-response" {
        /// The token type is one that nobody has asked for: `mac`.
        TokenTypeWrong = "token-type-wrong",
        /// The answer has no token type.
        TokenTypeMissing = "token-type-missing",
        /// The answer does not say when the access token expires.
        ExpiresInMissing = "expires-in-missing",
        /// The access token expires in -1 seconds.
        ExpiresInNegative = "expires-in-negative",
        /// The life of the access token is a text.
        ExpiresInText = "expires-in-text",
        /// The access token lives for 18446744073709551615 seconds.
        ExpiresInHuge = "expires-in-huge",
        /// The answer has no ID token.
        IdTokenMissing = "id-token-missing",
        /// The answer has no access token.
        AccessTokenMissing = "access-token-missing",
        /// The scope is wider than what was asked for.
        ScopeWidened = "scope-widened",
        /// All tokens are another user's.
        OtherUser = "other-user",
        /// The access token is for an API that nobody has asked for.
        OtherAudience = "other-audience",
        /// The refresh token that was used comes back, and still works.
        NotRotated = "not-rotated",
        /// Everything is issued, and then the connection breaks in the middle of the answer.
        IssuedThenReset = "issued-then-reset",
        /// Everything is issued, and then a gateway says that it got no answer.
        IssuedThenBadGateway = "issued-then-bad-gateway",
        /// The request is to be sent again, as it is, to the attacker: 307.
        RedirectedWithBody = "redirected-with-body",
        /// The answer is at the attacker's: 302.
        Redirected = "redirected",
        /// The answer is a page, with status 200.
        Html = "html",
        /// The answer has no content: 204.
        NoContent = "no-content",
        /// The answer is an empty body that is called JSON.
        Empty = "empty",
        /// The tokens are in a JSON array.
        JsonArray = "json-array",
        /// The tokens are a JSON text inside of a JSON text.
        JsonText = "json-text",
        /// The tokens are called plain text.
        ContentTypeWrong = "content-type-wrong",
        /// There are two access tokens: first one that nobody has issued, then the right one.
        AccessTokenTwice = "access-token-twice",
        /// The tokens stand beside an array that is nested 10 000 deep.
        DeeplyNested = "deeply-nested",
        /// The tokens come after 100 MiB of white space.
        Huge = "huge",
        /// The answer comes one byte every tenth of a second, for ten minutes.
        Drip = "drip",
        /// The answer is the headers, and then nothing.
        Stalled = "stalled",
        /// The endpoint never answers.
        Never = "never",
        /// The endpoint has had too many requests: 429, come back in 30 s.
        TooManyRequests = "too-many-requests",
        /// The endpoint is out of service: 503, come back in 30 s.
        Unavailable = "unavailable",
        /// The endpoint fails without a word: 500.
        ServerError = "server-error",
        /// The endpoint answers an error that no specification knows.
        UnknownError = "unknown-error",
        /// The client is not who it says, although it is: 401.
        InvalidClient = "invalid-client",
    }
}

use TokenResponseLie as Lie;

/// Changes what is about to be minted, where the lie is about that.
pub(crate) fn before(issuer: &Issuer, lie: Lie, grant: &mut Grant) {
    match lie {
        Lie::OtherUser => grant.sub = forgery::another_user(issuer, &grant.sub).sub.as_str().into(),
        Lie::OtherAudience => grant.audience_override = Some("another-api".into()),
        _ => {}
    }
}

/// Tells whether a refresh token that was used is replaced although this lie is told.
pub(crate) fn rotates(lie: Lie) -> bool {
    lie != Lie::NotRotated
}

/// Answers what the lie says instead of the tokens, which are issued and good.
pub(crate) async fn after(issuer: &Issuer, lie: Lie, mut tokens: Value) -> Response {
    match lie {
        Lie::Never => return hostile::never().await,
        Lie::Stalled => return hostile::stalled(),
        Lie::Drip => return hostile::drip(&tokens),
        Lie::Huge => return hostile::huge(&tokens),
        Lie::IssuedThenReset => return hostile::reset(&tokens),
        _ => {}
    }
    if let Some(refusal) = refusal(lie) {
        return refusal;
    }
    if let Some(wrapped) = wrapped(issuer, lie, &tokens) {
        return wrapped;
    }
    change(lie, &mut tokens);
    hostile::json(&tokens)
}

/// Answers that carry no token.
fn refusal(lie: Lie) -> Option<Response> {
    let elsewhere = format!("{EVIL}/token");
    match lie {
        Lie::IssuedThenBadGateway => Some(StatusCode::BAD_GATEWAY.into_response()),
        Lie::RedirectedWithBody => Some(hostile::redirect(StatusCode::TEMPORARY_REDIRECT, &elsewhere)),
        Lie::Redirected => Some(hostile::redirect(StatusCode::FOUND, &elsewhere)),
        Lie::Html => Some(hostile::html()),
        Lie::NoContent => Some(StatusCode::NO_CONTENT.into_response()),
        Lie::Empty => Some(hostile::empty()),
        Lie::TooManyRequests => Some(hostile::come_back(StatusCode::TOO_MANY_REQUESTS)),
        Lie::Unavailable => Some(hostile::come_back(StatusCode::SERVICE_UNAVAILABLE)),
        Lie::ServerError => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        Lie::UnknownError => Some(hostile::error(StatusCode::BAD_REQUEST, "out_of_tea")),
        Lie::InvalidClient => {
            let mut response = hostile::error(StatusCode::UNAUTHORIZED, "invalid_client");
            let challenge = HeaderValue::from_static("Basic realm=\"invalid_client\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            Some(response)
        }
        _ => None,
    }
}

/// Answers that carry the tokens in another shape.
fn wrapped(issuer: &Issuer, lie: Lie, tokens: &Value) -> Option<Response> {
    let text = tokens.to_string();
    match lie {
        Lie::JsonArray => Some(hostile::json(&json!([tokens]))),
        Lie::JsonText => Some(hostile::json(&Value::String(text))),
        Lie::ContentTypeWrong => {
            let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            Some((headers, text).into_response())
        }
        Lie::AccessTokenTwice => {
            let unknown = issuer.mint(Kind::AccessToken);
            Some(hostile::as_json(Body::from(format!("{{\"access_token\":\"{unknown}\",{}", &text[1..]))))
        }
        Lie::DeeplyNested => {
            let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
            Some(hostile::as_json(Body::from(format!("{{\"nested\":{nested},{}", &text[1..]))))
        }
        _ => None,
    }
}

/// Changes what stands beside the tokens, or takes a token away.
fn change(lie: Lie, tokens: &mut Value) {
    match lie {
        Lie::TokenTypeWrong => tokens["token_type"] = json!("mac"),
        Lie::ExpiresInNegative => tokens["expires_in"] = json!(-1),
        Lie::ExpiresInText => tokens["expires_in"] = json!("300"),
        Lie::ExpiresInHuge => tokens["expires_in"] = json!(u64::MAX),
        Lie::ScopeWidened => {
            let asked = tokens["scope"].as_str().unwrap_or_default();
            tokens["scope"] = json!(format!("{asked} admin payments").trim_ascii());
        }
        Lie::TokenTypeMissing => remove(tokens, "token_type"),
        Lie::ExpiresInMissing => remove(tokens, "expires_in"),
        Lie::IdTokenMissing => remove(tokens, "id_token"),
        Lie::AccessTokenMissing => remove(tokens, "access_token"),
        _ => {}
    }
}

fn remove(tokens: &mut Value, name: &str) {
    if let Some(members) = tokens.as_object_mut() {
        members.remove(name);
    }
}
