//! The server-rendered host page: no data in it, a fresh nonce in its policy.
//!
//! It does not look at the session: a Strict cookie is missing on the first document after the provider's redirect.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

use crate::Shared;

#[derive(Template)]
#[template(path = "host_page.html")]
struct HostPage<'a> {
    nonce: &'a str,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(page))
}

async fn page(State(bff): State<Shared>) -> Response {
    let nonce = hosting::random_token();
    let Ok(html) = (HostPage { nonce: &nonce }).render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Html(html).into_response();
    let policy = policy(&bff, &nonce);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn policy(bff: &Shared, nonce: &str) -> HeaderValue {
    let script =
        if bff.settings.csp.nonce.is_on() { format!("'nonce-{nonce}'") } else { "'self' 'unsafe-inline'".to_owned() };
    let worker = if bff.settings.csp.worker.is_on() { "'none'" } else { "'self'" };
    let mut policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src {worker}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    if bff.settings.csp.trusted_types.is_on() {
        policy.push_str("; require-trusted-types-for 'script'; trusted-types 'none'");
    }
    HeaderValue::from_str(&policy).expect("a policy of base64url characters is visible ASCII")
}
