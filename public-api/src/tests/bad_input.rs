//! What nobody should send: it gets the right status, and nothing of it or of anybody comes back.

use axum::body::Body;
use http::request::Builder;
use http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any};
use proptest::prop_assert;

use super::play::{Play, play, reference};
use crate::{Credential, Dpop, Format, Settings};

/// What must not come back.
const SECRET: &str = "s3cret-value";

const TRANSFER: &str = r#"{"from":"alice-current","to":"bob-current","amount":1}"#;

fn get(path: &str) -> Builder {
    Request::get(path).header("authorization", "Bearer good")
}

fn post() -> Builder {
    Request::post("/transfers").header("authorization", "Bearer good")
}

async fn status(play: &Play, request: Builder, body: impl Into<Body>) -> u16 {
    play.send(request, body).await.status.as_u16()
}

#[tokio::test]
async fn credentials_that_are_none_or_too_many() {
    let play = reference();
    let bare = || Request::get("/accounts");
    let odd = HeaderValue::from_bytes(b"Bearer \xff\xfe").unwrap();
    for (what, request, expected) in [
        ("two headers", bare().header("authorization", "Bearer good").header("authorization", "Bearer good"), 400),
        ("two schemes", bare().header("authorization", "Basic x").header("authorization", "Bearer good"), 400),
        ("in the address", Request::get("/accounts?access_token=good"), 400),
        ("in the address too", get("/accounts?a=b&access%5ftoken=x"), 400),
        ("bytes", bare().header("authorization", odd), 400),
        ("an empty token", bare().header("authorization", "Bearer "), 401),
        ("no token", bare().header("authorization", "Bearer"), 401),
        ("two tokens in one", bare().header("authorization", "Bearer good, Bearer good"), 401),
        ("a quoted token", bare().header("authorization", "Bearer \"good\""), 401),
        ("another scheme", bare().header("authorization", "Basic Z29vZDp4"), 401),
        ("a huge token", bare().header("authorization", format!("Bearer {}", "a".repeat(100_000))), 401),
        ("a cookie", bare().header("cookie", "access-token=good"), 401),
        ("another header", bare().header("x-access-token", "good"), 401),
        ("a forwarded user", bare().header("x-forwarded-user", "alice").header("x-remote-user", "alice"), 401),
    ] {
        let answer = play.send(request, "").await;
        assert_eq!(answer.status, expected, "{what}");
        assert!(answer.body["status"] == expected && !answer.challenges().is_empty(), "{what}");
    }
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn bodies_that_are_none() {
    let play = reference();
    let form = || post().header("content-type", "application/x-www-form-urlencoded");
    let long = format!(r#"{{"from":"{}"}}"#, "x".repeat(20_000));
    for (what, request, body, expected) in [
        ("nothing", post(), Vec::new(), 400),
        ("half", post(), TRANSFER.as_bytes()[..20].to_vec(), 400),
        ("a list", post(), b"[]".to_vec(), 400),
        ("bytes", post(), vec![0xff, 0xfe, 0], 400),
        ("deep", post(), "[".repeat(10_000).into_bytes(), 400),
        ("two amounts", post(), br#"{"from":"a","to":"b","amount":1,"amount":2}"#.to_vec(), 400),
        ("a fraction", post(), TRANSFER.replace('1', "1.5").into_bytes(), 400),
        ("a negative amount", post(), TRANSFER.replace('1', "-1").into_bytes(), 400),
        ("beyond u64", post(), TRANSFER.replace('1', "18446744073709551616").into_bytes(), 400),
        ("a text", post(), TRANSFER.replace('1', "\"1\"").into_bytes(), 400),
        ("too long", post(), long.into_bytes(), 413),
        ("compressed", post().header("content-encoding", "gzip"), TRANSFER.into(), 415),
        ("multipart", post().header("content-type", "multipart/form-data; boundary=x"), b"--x--".to_vec(), 400),
        ("a form without amount", form(), b"from=alice-current&to=bob-current".to_vec(), 400),
        ("a form with two", form(), b"from=alice-current&to=bob-current&amount=1&amount=2".to_vec(), 400),
        ("a form with a token", form(), b"from=a&to=b&amount=1&access_token=good".to_vec(), 400),
        ("a form in bytes", form(), b"from=%ff&to=b&amount=1".to_vec(), 403),
    ] {
        let answer = play.send(request, body).await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    }
    assert_eq!(play.api.ledger.transfers(), 0);
    assert_eq!(status(&play, post().header("content-encoding", "identity"), TRANSFER).await, 200);
}

#[tokio::test]
async fn a_token_in_the_body_alone_is_no_credential() {
    let play = reference();
    let request = Request::post("/transfers").header("content-type", "application/x-www-form-urlencoded");
    let body = "from=alice-current&to=bob-current&amount=1&access_token=good";
    assert_eq!((status(&play, request, body).await, play.asked()), (401, 0));
}

#[tokio::test]
async fn methods_and_paths_that_are_not_there() {
    let play = reference();
    for (method, path, allowed) in [
        ("GET", "/transfers", "POST"),
        ("DELETE", "/accounts", "GET,HEAD"),
        ("OPTIONS", "/accounts", "GET,HEAD"),
        ("POST", "/live", "GET,HEAD,CONNECT"),
        ("TRACE", "/orders/1", "GET,HEAD"),
        ("BREW", "/feed", "GET,HEAD"),
    ] {
        let request = get(path).method(method);
        let answer = play.send(request, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allowed), "{method} {path}");
    }
    for path in
        ["/", "/received", "/accounts/", "//accounts", "/ACCOUNTS", "/orders/%2e%2e/admin", "/live/ticket", "/%00"]
    {
        assert_eq!(status(&play, get(path), "").await, 404, "{path}");
    }
    let overridden = post().header("x-http-method-override", "GET");
    assert_eq!(status(&play, overridden, "").await, 400, "a method is what it is");
}

#[tokio::test]
async fn the_target_may_be_in_absolute_form() {
    let play = reference();
    assert_eq!(status(&play, get("https://api.app1.test/accounts"), "").await, 200);
    assert_eq!(status(&play, get("https://api.app1.test/accounts?access_token=x"), "").await, 400);
}

#[tokio::test]
async fn nothing_that_was_sent_by_mistake_comes_back() {
    let play = play(Settings { dpop: Dpop::Accept, format: Format::Either, ..Settings::default() });
    let bearer = format!("Bearer {SECRET}");
    for (request, body) in [
        (Request::get("/accounts").header("authorization", &bearer), String::new()),
        (Request::get("/feed").header("authorization", &bearer), String::new()),
        (Request::get("/accounts").header("authorization", format!("{bearer} x")), String::new()),
        (
            Request::get("/accounts").header("authorization", format!("DPoP {SECRET}")).header("dpop", SECRET),
            String::new(),
        ),
        (Request::get(format!("/accounts?access_token={SECRET}")), String::new()),
        (Request::get(format!("/nowhere?code={SECRET}")), String::new()),
        (Request::get("/live").header("sec-websocket-protocol", format!("bearer, {SECRET}")), String::new()),
        (post(), format!(r#"{{"from":{{"{SECRET}":1}}}}"#)),
        (post(), format!(r#"{{"from":"a","to":"b","amount":"{SECRET}"}}"#)),
        (post().header("content-type", "application/x-www-form-urlencoded"), format!("amount={SECRET}&from=a&to=b")),
    ] {
        let answer = play.send(request, body).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        let headers = format!("{:?}", answer.headers);
        assert!(!answer.text.contains(SECRET) && !headers.contains(SECRET), "{} {headers}", answer.text);
    }
}

/// Whatever stands in a header or in an address, the API answers for itself.
#[test]
fn no_bytes_make_it_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let settings =
        Settings { dpop: Dpop::Accept, format: Format::Jwt, credential: Credential::Cookie, ..Settings::default() };
    let _inside = runtime.enter();
    let play = play(settings);
    proptest::proptest!(ProptestConfig::with_cases(128), |(
        credential in vec(any::<u8>(), 0..80),
        proof in vec(any::<u8>(), 0..80),
        scheme in "Bearer |DPoP |",
        body in vec(any::<u8>(), 0..80),
    )| {
        let legal = |bytes: &[u8]| {
            let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte >= 32 && *byte != 127).collect();
            HeaderValue::from_bytes(&bytes).unwrap()
        };
        let authorization = [scheme.as_bytes(), credential.as_slice()].concat();
        let request = Request::post("/transfers").header("authorization", legal(&authorization));
        let request = request.header("dpop", legal(&proof)).header("cookie", legal(&credential));
        let answer = runtime.block_on(play.send(request, body));
        prop_assert!(answer.status.is_client_error() && answer.status != 404, "{}", answer.status);
    });
}
