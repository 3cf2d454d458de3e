//! Every request that the load sends, as bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::registration::{APPLICATION, HELLO, PROVIDER, REDIRECT_URI, RESOURCE_SERVER, SCOPE, USER};

/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn hello() -> Vec<u8> {
    get(HELLO, "/hello")
}

pub(crate) fn signed_hello(algorithm: &str) -> Vec<u8> {
    get(HELLO, &format!("/hello/{algorithm}"))
}

pub(crate) fn discovery() -> Vec<u8> {
    get(PROVIDER, "/.well-known/openid-configuration")
}

pub(crate) fn jwks() -> Vec<u8> {
    get(PROVIDER, "/jwks")
}

/// Asks for a token of this API (RFC 8707 §2.2).
pub(crate) fn client_credentials(resource: &str) -> Vec<u8> {
    let form = [("grant_type", "client_credentials"), ("scope", "accounts"), ("resource", resource)];
    call("/token", APPLICATION, &form)
}

pub(crate) fn introspection(token: &str) -> Vec<u8> {
    call("/introspect", RESOURCE_SERVER, &[("token", token)])
}

pub(crate) fn refresh(refresh_token: &str) -> Vec<u8> {
    call("/token", APPLICATION, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

pub(crate) fn authorization() -> Vec<u8> {
    let (client_id, _) = APPLICATION;
    let query = [
        ("client_id", client_id),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("state", "the-state-of-the-application"),
        ("nonce", "the-nonce-of-the-application"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    get(PROVIDER, &format!("/authorize?{}", encode(&query)))
}

/// Fills in the login form, without any cookie: every sign-in begins a session of its own.
pub(crate) fn login(transaction: &str) -> Vec<u8> {
    let (username, password) = USER;
    post("/login", "", &[("transaction", transaction), ("username", username), ("password", password)])
}

pub(crate) fn code(code: &str) -> Vec<u8> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    call("/token", APPLICATION, &form)
}

/// Identifier and secret stay as they are in form encoding, which RFC 6749 §2.3.1 asks for first.
fn call(path: &str, (id, secret): (&str, &str), form: &[(&str, &str)]) -> Vec<u8> {
    let credentials = STANDARD.encode(format!("{id}:{secret}"));
    post(path, &format!("authorization: Basic {credentials}\r\n"), form)
}

fn get(authority: &str, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: {authority}\r\naccept: */*\r\n\r\n").into_bytes()
}

/// `headers` are further header lines, each ended by CR LF.
fn post(path: &str, headers: &str, form: &[(&str, &str)]) -> Vec<u8> {
    let body = encode(form);
    let length = body.len();
    let content_type = "application/x-www-form-urlencoded";
    format!(
        "POST {path} HTTP/1.1\r\nhost: {PROVIDER}\r\naccept: */*\r\n{headers}content-type: {content_type}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
