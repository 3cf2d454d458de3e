//! Two APIs of one issuer: a token of one is worth nothing at the other.

use http::StatusCode;

use super::play::{Play, config, origin, pace, play_at, reference};
use crate::{Business, Config, Settings, Switch};

fn payments(settings: Settings) -> Play {
    let config = Config {
        name: "payments",
        business: Business::Payments,
        origin: origin("https://apis.other1.test"),
        audience: "payments-api".to_owned(),
        ..config()
    };
    play_at(config, settings, pace())
}

#[tokio::test]
async fn each_serves_its_own_endpoints() {
    let (accounts, payments) = (reference(), payments(Settings::default()));
    let answer = payments.get("/payments", "other-audience").await;
    assert_eq!((answer.status, answer.body["payments"][0]["owner"].as_str()), (StatusCode::OK, Some("alice")));
    assert_eq!(accounts.get("/payments", "good").await.status, StatusCode::NOT_FOUND);
    for path in ["/accounts", "/feed", "/live", "/admin", "/orders/1"] {
        assert_eq!(payments.get(path, "other-audience").await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_token_of_one_is_refused_at_the_other() {
    let (accounts, payments) = (reference(), payments(Settings::default()));
    assert_eq!(payments.get("/payments", "good").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(accounts.status("other-audience").await, 401);
    assert!(payments.get("/payments", "good").await.header("www-authenticate").contains("https://apis.other1.test"));
}

#[tokio::test]
async fn without_the_check_of_the_audience_it_is_taken() {
    let payments = payments(Settings { aud: Switch::Off, ..Settings::default() });
    assert_eq!(payments.get("/payments", "good").await.status, StatusCode::OK);
}
