//! What the page must know: its peers, and which of its protections are there. None of it is secret.

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use hosting::Origin;
use http::header;
use serde_json::{Value, json};

use crate::{Host, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/settings.json", get(settings))
}

async fn settings(State(host): State<Shared>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(document(&host)))
}

fn document(Host { config, settings }: &Host) -> Value {
    json!({
        "authority": config.issuer,
        "client_id": config.client_id,
        "api": config.api,
        "redirect_uri": format!("{}/callback", config.origin),
        "post_logout_redirect_uri": format!("{}/", config.origin),
        "scope": "openid profile accounts offline_access",
        "cookie_domain": parent(&config.origin),
        "revoke": settings.revoke.is_on(),
        "pkce": settings.pkce.is_on(),
        "iss": settings.iss.is_on(),
        "state": settings.state.is_on(),
        "nonce": settings.nonce.is_on(),
        "credential": settings.credential,
        "return_url": settings.return_url,
    })
}

/// Returns the domain that page and API have in common.
fn parent(origin: &Origin) -> &str {
    origin.host().split_once('.').map_or(origin.host(), |(_, parent)| parent)
}
