//! The business, and the checks of a reference token that stand before it.

use http::{Request, StatusCode};
use serde_json::json;

use super::play::{config, play, reference};
use crate::{CannotStart, Config, Credential, Dpop, Format, Settings, Switch, app};

#[tokio::test]
async fn answers_the_caller_with_what_is_theirs() {
    let play = reference();
    let answer = play.get("/accounts", "good").await;
    let account = json!({"id": "alice-current", "owner": "alice", "balance": 1000});
    assert_eq!(answer.body, json!({"accounts": [account], "transfers": 0}));
    assert_eq!(play.status("many-audiences").await, 200);
    assert_eq!(play.get("/admin", "good").await.body, json!({"admin": true}));
    assert_eq!(play.get("/orders/1", "good").await.body["id"], "1");
    assert_eq!(play.get("/orders/9", "good").await.status, StatusCode::NOT_FOUND);
    assert_eq!(play.get("/orders/list", "good").await.body["orders"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_call_without_a_token_gets_a_challenge_without_an_error() {
    let play = reference();
    for path in ["/accounts", "/orders/list", "/orders/1", "/admin", "/feed"] {
        let answer = play.send(Request::get(path), "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.challenges(), [r#"Bearer realm="https://api.app1.test""#], "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    assert_eq!(play.send(Request::post("/transfers"), "{}").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn refuses_a_token_that_is_not_worth_it() {
    let play = reference();
    let bound = ["dpop-x", "cert-x", "bound-otherwise"];
    let others = ["unknown", "other-audience", "no-audience", "other-issuer", "no-issuer", "expired", "early"];
    for token in others.into_iter().chain(bound).chain(["nobody", "mac", "a%20b"]) {
        let answer = play.get("/accounts", token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#), "{token}");
    }
    let answer = play.get("/accounts", "other-scope").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let challenge = answer.header("www-authenticate");
    let names_it = challenge.contains(r#"error="insufficient_scope""#) && challenge.contains(r#"scope="accounts""#);
    assert!(names_it, "{challenge}");
}

#[tokio::test]
async fn without_a_check_the_wrong_token_passes() {
    let off = Switch::Off;
    for (token, settings) in [
        ("other-audience", Settings { aud: off, ..Settings::default() }),
        ("no-audience", Settings { aud: off, ..Settings::default() }),
        ("other-issuer", Settings { iss: off, ..Settings::default() }),
        ("other-scope", Settings { scope: off, ..Settings::default() }),
        ("expired", Settings { times: off, ..Settings::default() }),
        ("early", Settings { times: off, ..Settings::default() }),
        ("cert-x", Settings { mtls: off, ..Settings::default() }),
    ] {
        assert_eq!(play(settings).status(token).await, 200, "{token}");
    }
}

#[tokio::test]
async fn without_the_check_of_the_subject_a_client_is_taken_for_the_user_whose_name_it_has() {
    let play = play(Settings { sub: Switch::Off, ..Settings::default() });
    assert_eq!(play.get("/accounts", "nobody").await.body["accounts"][0]["owner"], "alice");
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
        let told = (answer.status.as_u16(), answer.body["status"].as_u64());
        assert_eq!(told, (status, Some(u64::from(status))), "{body}");
    }
    assert_eq!(play.api.ledger.transfers(), 0);
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
async fn a_cookie_carries_a_forged_request_only_where_it_is_accepted() {
    for (credential, status, transfers) in [(Credential::Bearer, 401, 0), (Credential::Cookie, 200, 1)] {
        let play = play(Settings { credential, ..Settings::default() });
        let request = Request::post("/transfers")
            .header("origin", "https://evil1.test")
            .header("cookie", "access-token=good")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = play.send(request, "from=alice-current&to=bob-current&amount=1").await;
        assert_eq!((answer.status.as_u16(), play.api.ledger.transfers()), (status, transfers), "{credential:?}");
    }
}

#[tokio::test]
async fn does_not_start_without_what_its_settings_need() {
    let start = |config: Config, settings: Settings| app(config, settings, hosting::Handed::for_tests()).err();
    let with = |format| Settings { format, ..Settings::default() };
    let alone = || Config { introspection: None, ..config() };
    assert_eq!(start(alone(), with(Format::Opaque)), Some(CannotStart::NoIntrospectionClient("opaque")));
    assert_eq!(start(alone(), with(Format::Either)), Some(CannotStart::NoIntrospectionClient("either")));
    assert_eq!(start(alone(), with(Format::Jwt)), None);
    let nameless = Config { audience: String::new(), ..config() };
    assert_eq!(start(nameless.clone(), Settings::default()), Some(CannotStart::NoAudience));
    assert_eq!(start(nameless, Settings { aud: Switch::Off, dpop: Dpop::Accept, ..Settings::default() }), None);
    for scope in ["", "a b", "a\"b"] {
        let refused = start(Config { scope: scope.to_owned(), ..config() }, Settings::default());
        assert_eq!(refused, Some(CannotStart::NotOneScope(scope.to_owned())));
    }
}
