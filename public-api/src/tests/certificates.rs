//! Tokens that are bound to a certificate (RFC 8705 §3).

use axum::body::Body;
use hosting::{Chain, ClientCertificate};
use http::Request;

use super::play::{Answer, Play, play, reference};
use crate::{Settings, Switch};

async fn call(play: &Play, token: &str, certificate: Option<&ClientCertificate>) -> Answer {
    let request = Request::get("/accounts").header("authorization", format!("Bearer {token}"));
    let mut request = request.body(Body::empty()).unwrap();
    if let Some(certificate) = certificate {
        request.extensions_mut().insert(certificate.clone());
    }
    play.send_request(request).await
}

fn certificate(der: &[u8]) -> ClientCertificate {
    ClientCertificate::new(der, Chain::Unknown)
}

#[tokio::test]
async fn a_bound_token_needs_its_certificate() {
    let play = reference();
    let (own, other) = (certificate(b"own"), certificate(b"other"));
    let token = format!("cert-{}", own.thumbprint());
    assert_eq!(call(&play, &token, Some(&own)).await.status, 200);
    for presented in [None, Some(&other)] {
        let answer = call(&play, &token, presented).await;
        assert_eq!(answer.status, 401, "{presented:?}");
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#));
    }
    assert_eq!(call(&play, "good", Some(&own)).await.status, 200, "a certificate binds nothing by itself");
}

#[tokio::test]
async fn a_header_is_no_certificate() {
    let play = reference();
    let own = certificate(b"own");
    let token = format!("cert-{}", own.thumbprint());
    let request = Request::get("/accounts").header("authorization", format!("Bearer {token}"));
    let forged = request.header("x-client-cert", "own").header("x-ssl-client-verify", "SUCCESS");
    assert_eq!(play.send(forged, "").await.status, 401);
}

#[tokio::test]
async fn without_the_check_a_stolen_token_works_anywhere() {
    let play = play(Settings { mtls: Switch::Off, ..Settings::default() });
    let token = format!("cert-{}", certificate(b"own").thumbprint());
    assert_eq!(call(&play, &token, None).await.status, 200);
    assert_eq!(call(&play, &token, Some(&certificate(b"other"))).await.status, 200);
}
