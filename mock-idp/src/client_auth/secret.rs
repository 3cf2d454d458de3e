//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use super::{invalid_client, refused};
use crate::clients::Client;
use crate::oauth_error::OAuthError;

/// Compares the secret in a time that does not depend on where it differs.
pub(super) fn check(client: &Client, shown: &str) -> Result<(), OAuthError> {
    let known = client.client_secret.as_ref().ok_or_else(refused)?;
    if hosting::same_bytes(known.expose().as_bytes(), shown.as_bytes()) { Ok(()) } else { Err(refused()) }
}

/// Returns identifier and secret of the `Authorization` header, where there is one.
pub(super) fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = lines.next() else { return Ok(None) };
    let malformed = || invalid_client("the authorization header is not Basic credentials");
    if lines.next().is_some() {
        return Err(invalid_client("there is more than one authorization header"));
    }
    let (scheme, encoded) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let text = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(malformed)?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    Ok(Some((decode(id).ok_or_else(malformed)?, decode(secret).ok_or_else(malformed)?)))
}

/// RFC 6749 §2.3.1: identifier and secret are form-encoded before they become Basic credentials.
fn decode(text: &str) -> Option<String> {
    if !text.bytes().any(|byte| byte == b'+' || byte == b'%') {
        return Some(text.to_owned());
    }
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(bytes in proptest::collection::vec(0x20_u8..0x7f, 0..80)) {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(&bytes).unwrap());
            let _ = basic(&headers);
        }

        #[test]
        fn what_a_client_encodes_is_what_is_read(id in "[ -~]{1,20}", secret in "[ -~]{1,20}") {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let mut headers = HeaderMap::new();
            let value = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(&id), encode(&secret))));
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
            proptest::prop_assert_eq!(basic(&headers), Ok(Some((id, secret))));
        }
    }
}
