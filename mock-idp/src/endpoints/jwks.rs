//! The public keys (RFC 7517 §5).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::discovery::as_json;
use crate::cors;
use crate::issuer::Shared;
use crate::misbehaviour::{self, Lie};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/jwks", get(jwks).merge(cors::options("GET, HEAD, OPTIONS")))
}

async fn jwks(State(issuer): State<Shared>, headers: HeaderMap) -> Response {
    // A key must be published before a token that it signed is seen.
    for client in issuer.registry.clients() {
        issuer.keys.signing(client.id_token_signed_response_alg);
    }
    let lie = issuer.lie(None, |lie| match lie {
        Lie::Metadata(lie) if lie.is_about_jwks() => Some(lie),
        _ => None,
    });
    let answer = match lie {
        None => as_json(issuer.keys.published()),
        Some(lie) => misbehaviour::metadata::jwks(&issuer, lie, issuer.keys.jwks()).await,
    };
    cors::readable(&issuer, &headers, None, answer)
}
