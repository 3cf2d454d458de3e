//! What forged tokens are made of: headers, signatures that prove nothing, and users and clients that are not the right
//! ones.

pub(crate) mod public_key;

use std::sync::Arc;

use aws_lc_rs::{hmac, rand};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::users::User;

/// The attacker's origin. Nobody answers there unless a play gives the name to somebody.
pub(crate) const EVIL: &str = "https://evil.example";

/// Returns a header as honest tokens have it, with this algorithm, type and key.
pub(crate) fn header(alg: &str, typ: &str, kid: &str) -> Value {
    json!({"alg": alg, "typ": typ, "kid": kid})
}

/// Makes a token whose signature is empty (RFC 7515 §7.1, RFC 7518 §3.6).
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", signed_part(header, claims))
}

/// Makes a token that a shared secret signed (RFC 7518 §3.2).
pub(crate) fn signed_with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = signed_part(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", hosting::base64url(tag.as_ref()))
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let encoded = |part: &Value| hosting::base64url(part.to_string().as_bytes());
    format!("{}.{}", encoded(header), encoded(claims))
}

/// Makes what looks like an encrypted token that nobody can open (RFC 7516 §3.1): its five parts are random.
pub(crate) fn encrypted() -> String {
    let header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF", "typ": "JWT", "cty": "JWT"});
    let random = |length: usize| {
        let mut bytes = vec![0_u8; length];
        rand::fill(&mut bytes).expect("the system's generator of randomness answers");
        hosting::base64url(&bytes)
    };
    // The key under RSA with 2048 bits, the nonce, a ciphertext, the tag.
    let parts = [hosting::base64url(header.to_string().as_bytes()), random(256), random(12), random(600), random(16)];
    parts.join(".")
}

/// Returns somebody else than this user; somebody who does not exist where nobody else is registered.
pub(crate) fn another_user(issuer: &Issuer, sub: &str) -> Arc<User> {
    let users = issuer.registry.users();
    let another = users.into_iter().find(|user| user.sub != sub);
    another.unwrap_or_else(|| Arc::new(User::new("somebody-else", hosting::Secret::new(hosting::random_token()))))
}

/// Returns the identifier of another client that signs users in; one that does not exist where there is no other.
pub(crate) fn another_client(issuer: &Issuer, client_id: &str) -> String {
    let clients = issuer.registry.clients();
    let another = clients.iter().find(|client| client.id != client_id && !client.redirect_uris.is_empty());
    another.map_or_else(|| "another-client".to_owned(), |client| client.id.clone())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn a_shared_secret_signs_as_rfc_7515_appendix_a_1_says() {
        // The header and the claims of the example have line breaks, which a JSON value does not keep: the tag alone.
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                      eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(secret).unwrap();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        assert_eq!(hosting::base64url(tag.as_ref()), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn an_empty_secret_signs_too() {
        let token = signed_with_secret(b"", &header("HS256", "JWT", "/dev/null"), &json!({}));
        assert_eq!(token.split('.').nth(2).map(str::len), Some(43));
    }

    #[test]
    fn what_looks_encrypted_has_five_parts() {
        assert_eq!(encrypted().split('.').count(), 5);
        assert_ne!(encrypted(), encrypted());
    }
}
