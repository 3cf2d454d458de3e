//! Asks the router, with a provider that says of tokens what their names say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosting::{
    Clock, Credentials, Handed, Journal, Listener, Names, Origin, Outbound, Running, Secret, Timeouts, Wire,
};
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{Api, CacheKey, Config, Cors, Credential, Introspection, Settings, Switch, app};

const PAGE: &str = "https://spa.app1.test";

/// What the provider does, beside answering.
#[derive(Clone)]
struct Provider {
    asked: Arc<AtomicUsize>,
    clock: Clock,
}

async fn introspect(State(provider): State<Provider>, headers: HeaderMap, form: String) -> Response {
    provider.asked.fetch_add(1, Ordering::SeqCst);
    // The id and secret, form-encoded, joined and encoded: `api:s%3Acret`.
    if headers.get("authorization").is_none_or(|value| value != "Basic YXBpOnMlM0FjcmV0") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let token = form.split('&').find_map(|field| field.strip_prefix("token=")).unwrap_or_default().to_owned();
    let mut answer = json!({
        "active": true, "iss": "http://idp.test", "sub": "sub-alice", "username": "alice", "aud": "accounts-api",
        "scope": "openid accounts", "token_type": "Bearer", "exp": provider.clock.now_s() + 300,
    });
    match token.as_str() {
        "good" | "good-and-long" => {}
        "many-audiences" => answer["aud"] = json!(["other", "accounts-api"]),
        "other-audience" => answer["aud"] = json!("other-api"),
        "no-audience" => answer["aud"] = Value::Null,
        "other-issuer" => answer["iss"] = json!("http://evil.test"),
        "other-scope" => answer["scope"] = json!("openid accounts.read"),
        "expired" => answer["exp"] = json!(provider.clock.now_s()),
        "short" => answer["exp"] = json!(provider.clock.now_s() + 10),
        "bound" => answer["cnf"] = json!({"jkt": "x"}),
        "bob" => answer["username"] = json!("bob"),
        "broken" => return (StatusCode::OK, "<html>").into_response(),
        "failing" => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "huge" => return vec![b' '; 200_000].into_response(),
        _ => answer = json!({"active": false}),
    }
    Json(answer).into_response()
}

struct Play {
    api: Api,
    provider: Provider,
    running: Running,
}

fn config() -> Config {
    let origin = |text| Origin::parse(text).unwrap();
    Config {
        origin: origin("https://api.app1.test"),
        issuer: origin("http://idp.test"),
        introspection_client_id: "api".to_owned(),
        introspection_client_secret: Secret::new("s:cret"),
        audience: "accounts-api".to_owned(),
        allowed_origins: vec![origin(PAGE)],
    }
}

fn play(config: Config, settings: Settings) -> Play {
    let clock = Clock::system();
    let journal = Journal::off(Credentials::default());
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let names = Names::default();
    names.insert("idp.test", listener.address());
    let provider = Provider { asked: Arc::default(), clock: clock.clone() };
    let metadata = json!({"issuer": "http://idp.test", "introspection_endpoint": "http://idp.test/introspect"});
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(|| async { Json(metadata) }))
        .route("/introspect", post(introspect))
        .with_state(provider.clone());
    let running = listener.serve(vec![Wire { authority: "idp.test".to_owned(), party: "idp", router }], &journal);
    let timeouts = Timeouts { connect: Duration::from_secs(1), whole: Duration::from_secs(2) };
    let outbound = Outbound::new(&names, None, journal, timeouts);
    let handed = Handed { clock, credentials: Credentials::default(), outbound };
    Play { api: app(config, settings, handed), provider, running }
}

fn reference() -> Play {
    play(config(), Settings::default())
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Play {
    async fn send(&self, request: Builder, body: &str) -> Answer {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.api.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Request::get(path).header("authorization", format!("Bearer {token}")), "").await
    }

    async fn status(&self, token: &str) -> u16 {
        self.get("/accounts", token).await.status.as_u16()
    }

    fn asked(&self) -> usize {
        self.provider.asked.load(Ordering::SeqCst)
    }
}

fn cached(cache_key: CacheKey) -> Settings {
    Settings { introspection: Introspection { cache_s: 30, cache_key }, ..Settings::default() }
}

#[tokio::test]
async fn answers_the_caller_with_what_is_theirs() {
    let play = reference();
    let answer = play.get("/accounts", "good").await;
    let account = json!({"id": "alice-current", "owner": "alice", "balance": 1000});
    assert_eq!(answer.body, json!({"accounts": [account], "transfers": 0}));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(play.status("many-audiences").await, 200);
    assert_eq!(play.get("/admin", "good").await.body, json!({"admin": true}));
    assert_eq!(play.get("/orders/1", "good").await.body["id"], "1");
    assert_eq!(play.get("/orders/9", "good").await.status, StatusCode::NOT_FOUND);
    assert_eq!(play.get("/orders/list", "good").await.body["orders"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_call_without_a_token_gets_a_challenge_without_an_error() {
    let play = reference();
    for path in ["/accounts", "/orders/list", "/orders/1", "/admin"] {
        let answer = play.send(Request::get(path), "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="https://api.app1.test""#, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    assert_eq!(play.send(Request::post("/transfers"), "{}").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn refuses_a_token_that_is_not_worth_it() {
    let play = reference();
    for token in ["unknown", "other-audience", "no-audience", "other-issuer", "expired", "bound", "a%20b"] {
        let answer = play.get("/accounts", token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#), "{token}");
    }
    let answer = play.get("/accounts", "other-scope").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains(r#"error="insufficient_scope""#) && challenge.contains(r#"scope="accounts""#),
        "{challenge}"
    );
}

#[tokio::test]
async fn refuses_two_credentials_and_one_in_the_url() {
    let play = reference();
    let twice = Request::get("/accounts").header("authorization", "Bearer good").header("authorization", "Bearer good");
    let in_url = Request::get("/accounts?access_token=good");
    for request in [twice, in_url] {
        let answer = play.send(request, "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_request""#));
    }
}

#[tokio::test]
async fn without_a_check_the_wrong_token_passes() {
    let off = Switch::Off;
    for (token, settings) in [
        ("other-audience", Settings { aud: off, ..Settings::default() }),
        ("other-issuer", Settings { iss: off, ..Settings::default() }),
        ("other-scope", Settings { scope: off, ..Settings::default() }),
    ] {
        assert_eq!(play(config(), settings).status(token).await, 200, "{token}");
    }
}

#[tokio::test]
async fn fails_closed_when_the_issuer_does_not_answer_properly() {
    let play = reference();
    for token in ["failing", "broken", "huge"] {
        let answer = play.get("/accounts", token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{token}");
        assert_eq!(answer.header("www-authenticate"), "", "{token}");
    }
    play.running.kill();
    assert_eq!(play.status("good").await, 503);
    let wrong_secret = Config { introspection_client_secret: Secret::new("wrong"), ..config() };
    assert_eq!(self::play(wrong_secret, Settings::default()).status("good").await, 503);
    let other_issuer = Config { issuer: Origin::parse("http://other.test").unwrap(), ..config() };
    assert_eq!(self::play(other_issuer, Settings::default()).status("good").await, 503);
}

#[tokio::test]
async fn asks_at_every_call_unless_told_to_keep_answers() {
    let play = reference();
    assert_eq!((play.status("good").await, play.status("good").await, play.asked()), (200, 200, 2));
    let play = self::play(config(), cached(CacheKey::Token));
    assert_eq!((play.status("good").await, play.status("good").await, play.asked()), (200, 200, 1));
    play.provider.clock.advance(Duration::from_secs(31));
    assert_eq!((play.status("good").await, play.asked()), (200, 2));
}

#[tokio::test]
async fn a_kept_answer_does_not_outlive_the_token() {
    let play = play(config(), cached(CacheKey::Token));
    assert_eq!(play.status("short").await, 200);
    play.provider.clock.advance(Duration::from_secs(11));
    assert_eq!((play.status("short").await, play.asked()), (401, 1));
}

#[tokio::test]
async fn a_cache_by_prefix_answers_for_a_token_that_nobody_issued() {
    for (key, status) in [(CacheKey::Token, 401), (CacheKey::Prefix, 200)] {
        let play = play(config(), cached(key));
        assert_eq!(play.status("good-and-long").await, 200);
        assert_eq!(play.status("good-and-forged").await, status, "{key:?}");
    }
}

#[tokio::test]
async fn only_listed_pages_may_read() {
    let play = reference();
    for (origin, allowed) in
        [(PAGE, PAGE), ("https://spa.app1.test.evil1.test", ""), ("null", ""), ("http://spa.app1.test", "")]
    {
        let request = Request::get("/accounts").header("authorization", "Bearer good").header("origin", origin);
        let answer = play.send(request, "").await;
        assert_eq!(
            (answer.header("access-control-allow-origin"), answer.header("vary")),
            (allowed, "Origin"),
            "{origin}"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let refusal = play.send(Request::get("/accounts").header("origin", PAGE), "").await;
    assert_eq!(refusal.header("access-control-allow-origin"), PAGE, "the page must be able to read why");
    assert_eq!(refusal.header("access-control-expose-headers"), "WWW-Authenticate");
}

fn preflight(origin: &str) -> Builder {
    Request::options("/transfers").header("origin", origin).header("access-control-request-method", "POST")
}

#[tokio::test]
async fn answers_preflights_before_it_asks_for_a_token() {
    let play = reference();
    let answer = play.send(preflight(PAGE), "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-headers"), "authorization, content-type");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, POST");
    let answer = play.send(preflight("https://evil1.test"), "").await;
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("", "Origin"));
    assert_eq!(answer.header("access-control-allow-methods"), "");
}

#[tokio::test]
async fn a_reflecting_api_lets_every_page_read() {
    let play = play(config(), Settings { cors: Cors::Reflect, ..Settings::default() });
    let answer = play.send(preflight("https://evil1.test"), "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://evil1.test");
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
}

#[tokio::test]
async fn takes_a_transfer_in_every_form_that_a_page_can_send() {
    let play = reference();
    let json = r#"{"from":"alice-current","to":"bob-current","amount":1}"#;
    let form = "from=alice-current&to=bob-current&amount=1";
    let types = [
        ("application/json", json),
        ("text/plain;charset=UTF-8", json),
        ("", json),
        ("application/x-www-form-urlencoded", form),
    ];
    for (n, (content_type, body)) in (1..).zip(types) {
        let request = Request::post("/transfers").header("authorization", "Bearer good");
        let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
        let answer = play.send(request, body).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"transfer": n})), "{content_type}");
    }
    assert_eq!(play.api.ledger.transfers(), 4);
}

#[tokio::test]
async fn declines_what_cannot_be_carried_out() {
    let play = reference();
    for (token, body, status) in [
        ("bob", r#"{"from":"alice-current","to":"bob-current","amount":1}"#, 403),
        ("good", r#"{"from":"alice-current","to":"nobody","amount":1}"#, 422),
        ("good", r#"{"from":"alice-current","to":"bob-current","amount":0}"#, 422),
        ("good", r#"{"from":"alice-current","to":"bob-current","amount":1001}"#, 409),
        ("good", r#"{"from":"alice-current","to":"bob-current","amount":-1}"#, 400),
        ("good", "from=alice-current", 400),
    ] {
        let request = Request::post("/transfers").header("authorization", format!("Bearer {token}"));
        let answer = play.send(request, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body["status"].as_u64()),
            (status, Some(u64::from(status))),
            "{body}"
        );
    }
    assert_eq!(play.api.ledger.transfers(), 0);
}

#[tokio::test]
async fn a_cookie_carries_a_forged_request_only_where_it_is_accepted() {
    for (credential, status, transfers) in [(Credential::Bearer, 401, 0), (Credential::Cookie, 200, 1)] {
        let play = play(config(), Settings { credential, ..Settings::default() });
        let request = Request::post("/transfers")
            .header("origin", "https://evil1.test")
            .header("cookie", "access-token=good")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = play.send(request, "from=alice-current&to=bob-current&amount=1").await;
        assert_eq!((answer.status.as_u16(), play.api.ledger.transfers()), (status, transfers), "{credential:?}");
    }
}

#[tokio::test]
async fn says_what_is_not_there() {
    let play = reference();
    assert_eq!(play.get("/received", "good").await.body["status"], 404);
    assert_eq!(play.get("/orders/%2e%2e/admin", "good").await.status, StatusCode::NOT_FOUND);
    assert_eq!(play.get("/transfers", "good").await.status, StatusCode::METHOD_NOT_ALLOWED);
}
