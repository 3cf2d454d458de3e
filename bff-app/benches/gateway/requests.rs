//! Every request that the load sends, as bytes.

use crate::names::{GATEWAY, HELLO, ORDERS};

/// What every request of the page carries beside its cookie.
const OF_THE_PAGE: &str = "x-csrf: 1\r\nsec-fetch-site: same-origin\r\n";

/// What a browser calls itself: the BFF keeps it in the session.
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

pub(crate) fn hello() -> Vec<u8> {
    get(HELLO, "/hello", "")
}

pub(crate) fn verifying_hello() -> Vec<u8> {
    get(HELLO, "/hello/verifying", "")
}

/// Asks the API itself, with as much as the BFF is sent for it.
pub(crate) fn direct() -> Vec<u8> {
    let token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    get(ORDERS, "/list", &format!("{OF_THE_PAGE}authorization: Bearer {token}\r\n"))
}

/// Asks the API through the BFF.
pub(crate) fn proxied(session: &str) -> Vec<u8> {
    get(GATEWAY, "/api/orders/list", &format!("{OF_THE_PAGE}cookie: {session}\r\n"))
}

/// The same without a session.
pub(crate) fn refused() -> Vec<u8> {
    get(GATEWAY, "/api/orders/list", OF_THE_PAGE)
}

/// Asks the BFF who is signed in.
pub(crate) fn lookup(session: &str) -> Vec<u8> {
    get(GATEWAY, "/bff/user", &format!("{OF_THE_PAGE}cookie: {session}\r\n"))
}

pub(crate) fn login() -> Vec<u8> {
    get(GATEWAY, "/bff/login", "")
}

/// Brings code and state, which are base64url, back from the provider.
pub(crate) fn callback(code: &str, state: &str, transaction: &str) -> Vec<u8> {
    let headers = format!("user-agent: {USER_AGENT}\r\ncookie: {transaction}\r\n");
    get(GATEWAY, &format!("/bff/callback?code={code}&state={state}"), &headers)
}

/// `headers` are further header lines, each ended by CR LF.
fn get(authority: &str, target: &str, headers: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: {authority}\r\naccept: */*\r\n{headers}\r\n").into_bytes()
}
