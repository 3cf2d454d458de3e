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

/// What the page was given besides comes first, so that it cannot take a peer's or a protection's place.
fn document(host: &Host) -> Value {
    let mut told = host.config.page.settings.as_object().cloned().unwrap_or_default();
    for part in [peers(host), protections(host)] {
        if let Value::Object(part) = part {
            told.extend(part);
        }
    }
    Value::Object(told)
}

fn peers(Host { config, settings, .. }: &Host) -> Value {
    json!({
        "authority": config.issuer.as_str(),
        "client_id": config.client_id,
        "api": config.api,
        "redirect_uri": format!("{}/callback", config.origin),
        "silent_redirect_uri": format!("{}/silent-callback", config.origin),
        "post_logout_redirect_uri": format!("{}/", config.origin),
        "scope": config.scope(settings),
        "resource": config.resource,
        "cookie_domain": parent(&config.origin),
    })
}

fn protections(Host { settings, .. }: &Host) -> Value {
    json!({
        "store": settings.store,
        "credential": settings.credential,
        "renewal": settings.renewal,
        "rt_lock": settings.rt_lock.is_on(),
        "dpop": settings.dpop.is_on(),
        "ws_auth": settings.ws_auth,
        "revoke": settings.revoke.is_on(),
        "pkce": settings.pkce.is_on(),
        "iss": settings.iss.is_on(),
        "state": settings.state.is_on(),
        "nonce": settings.nonce.is_on(),
        "id_token": settings.id_token,
        "return_url": settings.return_url,
        "monitor": settings.monitor.is_on(),
        "fcl": settings.fcl.is_on(),
        "sync": settings.sync.is_on(),
        "pwa": settings.pwa.is_on(),
    })
}

/// Returns the domain that page and API have in common.
fn parent(origin: &Origin) -> &str {
    origin.host().split_once('.').map_or(origin.host(), |(_, parent)| parent)
}
