//! With which credential an API is called, and what happens when it is refused.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosting::{Authority, ClientCertificate, ClientKey, Identity, Listener, Secret};
use http::{HeaderMap, StatusCode, header};

use super::{Play, TOKEN, begin};
use crate::tests::agent::{config, own, text};
use crate::{CacheKey, Config, Downstream, Hardening, Settings};

/// An API that answers with the credential that it was sent.
fn echo() -> Router {
    Router::new()
        .fallback(any(|headers: HeaderMap| async move { headers[header::AUTHORIZATION].to_str().unwrap().to_owned() }))
}

fn downstream(downstream: Downstream) -> Settings {
    Settings { downstream, ..Settings::default() }
}

async fn sent_for(play: &Play, cookie: &str) -> String {
    text(play.agent.ask(own("GET", "/api/orders/list").header(header::COOKIE, cookie)).await).await
}

#[tokio::test]
async fn each_session_has_an_exchanged_token_of_its_own_until_shortly_before_its_end() {
    let mut config = config();
    config.apis[0].audience = Some("https://orders.test".to_owned());
    let play = Play::with(config, downstream(Downstream::Exchange), echo(), None).await;
    let bob = begin(&play.agent, "bob", "the-access-token-of-bob").await;
    assert_eq!(sent_for(&play, &play.cookie).await, "Bearer granted-token-1");
    assert_eq!(sent_for(&play, &play.cookie).await, "Bearer granted-token-1");
    assert_eq!(sent_for(&play, &bob).await, "Bearer granted-token-2");
    let granted = play.provider.granted();
    assert_eq!(granted.len(), 2);
    assert!(granted[0].contains(&format!("subject_token={TOKEN}")), "{granted:?}");
    assert!(granted[0].contains("audience=https%3A%2F%2Forders.test"), "{granted:?}");
    play.agent.bff.handed.clock.advance(Duration::from_secs(289));
    assert_eq!(sent_for(&play, &bob).await, "Bearer granted-token-2");
    play.agent.bff.handed.clock.advance(Duration::from_secs(1));
    assert_eq!(sent_for(&play, &bob).await, "Bearer granted-token-3");
}

#[tokio::test]
async fn tokens_that_are_kept_by_api_alone_serve_one_user_with_anothers() {
    let mut weak = downstream(Downstream::Exchange);
    weak.token.cache_key = CacheKey::Api;
    let play = Play::new(weak, echo()).await;
    let bob = begin(&play.agent, "bob", "the-access-token-of-bob").await;
    assert_eq!(sent_for(&play, &play.cookie).await, "Bearer granted-token-1");
    assert_eq!(sent_for(&play, &bob).await, "Bearer granted-token-1");
    assert!(play.provider.granted()[0].contains(TOKEN), "it is alice's");
}

#[tokio::test]
async fn a_technical_user_stands_for_all_users() {
    let mut config = config();
    config.technical_user = Some(("robot".to_owned(), Secret::new("hunter22")));
    let play = Play::with(config, downstream(Downstream::Password), echo(), None).await;
    let bob = begin(&play.agent, "bob", "the-access-token-of-bob").await;
    assert_eq!(sent_for(&play, &play.cookie).await, sent_for(&play, &bob).await);
    let granted = play.provider.granted();
    assert_eq!(granted.len(), 1);
    assert!(granted[0].contains("grant_type=password") && granted[0].contains("username=robot"));
}

#[tokio::test]
async fn what_is_not_configured_is_said() {
    for kind in [Downstream::Password, Downstream::Certificate] {
        let play = Play::new(downstream(kind), echo()).await;
        let response = play.ask("GET", "/api/orders/list").await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        assert!(text(response).await.contains("needs a"), "{kind:?}");
        assert!(play.asked().is_empty());
    }
}

#[tokio::test]
async fn the_users_token_goes_over_a_connection_that_shows_our_certificate() {
    let authority = Authority::new();
    let identity = Identity::self_signed("bff");
    let thumbprint = identity.thumbprint();
    let mut config = config();
    config.client.certificate = Some(identity);
    config.apis[0].base = "https://orders.test/orders".to_owned();
    let seen = Router::new().fallback(any(|certificate: Option<Extension<ClientCertificate>>| async move {
        certificate.map_or_else(|| "none".to_owned(), |Extension(certificate)| certificate.thumbprint())
    }));
    for (kind, expected) in [(Downstream::Certificate, thumbprint.as_str()), (Downstream::Relay, "none")] {
        let listener = Listener::bind_asking_for_certificates(([127, 0, 0, 1], 0).into(), &authority).unwrap();
        let play = Play::on(listener, config.clone(), downstream(kind), seen.clone(), Some(&authority)).await;
        assert_eq!(text(play.ask("GET", "/api/orders/list").await).await, expected);
        assert_eq!(play.asked_once().header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
}

/// An API that refuses the first token of the session.
fn refusing() -> Router {
    Router::new().fallback(any(|request: Request| async move {
        let is_known = request.headers()[header::AUTHORIZATION] != format!("Bearer {TOKEN}");
        if is_known { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    }))
}

#[tokio::test]
async fn a_token_that_was_revoked_is_refreshed_once_and_the_read_repeated() {
    let play = Play::new(Settings::default(), refusing()).await;
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::OK);
    assert_eq!(play.asked().len(), 2);
    assert_eq!(play.provider.granted().len(), 1);
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::OK);
    assert_eq!((play.asked().len(), play.provider.granted().len()), (3, 1), "the session keeps the fresh token");
}

#[tokio::test]
async fn a_write_is_never_repeated() {
    let play = Play::new(Settings::default(), refusing()).await;
    assert_eq!(play.ask("POST", "/api/orders/list").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!((play.asked().len(), play.provider.granted().len()), (1, 0));
}

#[tokio::test]
async fn an_api_that_refuses_everything_does_not_make_every_request_a_refresh() {
    let play = Play::new(Settings::default(), Router::new().fallback(any(|| async { StatusCode::UNAUTHORIZED }))).await;
    for _ in 0..5 {
        assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(play.provider.granted().len(), 1);
    assert!(play.agent.lives(&play.cookie).await, "and the session lives on");
}

/// An API that wants its nonce in every proof, and answers with the body that it was sent.
fn wanting_a_nonce() -> Router {
    Router::new().fallback(any(|headers: HeaderMap, body: Bytes| async move {
        let claims = headers.get("dpop").and_then(|proof| {
            let payload = proof.to_str().ok()?.split('.').nth(1)?.to_owned();
            serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
        });
        let nonce = claims.and_then(|claims| claims["nonce"].as_str().map(str::to_owned));
        if nonce.as_deref() == Some("of-the-api") {
            return body.into_response();
        }
        let mut response: Response = StatusCode::UNAUTHORIZED.into_response();
        response.headers_mut().insert("dpop-nonce", "of-the-api".parse().unwrap());
        let challenge = "DPoP error=\"use_dpop_nonce\"".parse().unwrap();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        response
    }))
}

fn bound() -> (Config, Settings) {
    let mut config = config();
    config.client.key = Some(ClientKey::generate().pem);
    let mut settings = Settings::default();
    settings.token.dpop = Hardening::On;
    (config, settings)
}

#[tokio::test]
async fn a_bound_token_comes_with_a_proof_and_the_nonce_that_is_asked_for() {
    let (config, settings) = bound();
    let play = Play::with(config, settings, wanting_a_nonce(), None).await;
    let request = own("POST", "/api/orders/list").header(header::COOKIE, &play.cookie);
    let response = play.agent.send(request, "an order").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key("dpop-nonce"), "the nonce is ours, not the page's");
    assert_eq!(text(response).await, "an order");
    let asked = play.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some(format!("DPoP {TOKEN}").as_str())));
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::OK);
    assert_eq!(play.asked().len(), 3, "the nonce is repeated until another one is named");
    assert!(play.provider.granted().is_empty());
}
