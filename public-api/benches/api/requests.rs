//! Every request that the load sends, as bytes.

use crate::names::{HELLO, ORDERS, PROVEN, PROVIDER};

pub(crate) fn hello() -> Vec<u8> {
    get(HELLO, "/hello", "")
}

pub(crate) fn verifying_hello() -> Vec<u8> {
    get(HELLO, "/hello/verifying", "")
}

/// Asks for the orders, with as much as the API is sent.
pub(crate) fn orders() -> Vec<u8> {
    let token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    get(ORDERS, "/list", &format!("authorization: Bearer {token}\r\n"))
}

/// Asks one of the APIs for the accounts of the token's user (RFC 6750 §2.1).
pub(crate) fn accounts(api: &str, token: &str) -> Vec<u8> {
    get(api, "/accounts", &format!("authorization: Bearer {token}\r\n"))
}

/// Does the same with a proof (RFC 9449 §7.1).
pub(crate) fn proven_accounts(token: &str, proof: &str) -> Vec<u8> {
    get(PROVEN, "/accounts", &format!("authorization: DPoP {token}\r\ndpop: {proof}\r\n"))
}

/// Asks the issuer for a JWT.
pub(crate) fn token() -> Vec<u8> {
    format!("POST /token HTTP/1.1\r\nhost: {PROVIDER}\r\naccept: */*\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// `headers` are further header lines, each ended by CR LF.
fn get(authority: &str, target: &str, headers: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: {authority}\r\naccept: */*\r\n{headers}\r\n").into_bytes()
}
