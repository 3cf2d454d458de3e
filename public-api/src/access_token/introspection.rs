//! Asks the issuer what a token is worth (RFC 7662).

use std::sync::Arc;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request, header};

use super::claims::Claims;
use super::provider::{Provider, Unavailable, patiently};
use crate::config::IntrospectionClient;

pub(super) struct Introspector {
    /// What authenticates this API; nothing where it is registered for no introspection.
    credentials: Option<HeaderValue>,
    provider: Arc<Provider>,
}

impl Introspector {
    pub(super) fn new(client: Option<&IntrospectionClient>, provider: Arc<Provider>) -> Self {
        Self { credentials: client.map(basic), provider }
    }

    /// Asks about one token.
    pub(super) async fn ask(&self, token: &str) -> Result<Claims, Unavailable> {
        patiently(self.introspect(token)).await
    }

    async fn introspect(&self, token: &str) -> Result<Claims, Unavailable> {
        let credentials = self.credentials.clone().ok_or(Unavailable::NotRegistered)?;
        let mut form = String::with_capacity(token.len() + 48);
        form.push_str("token_type_hint=access_token&token=");
        form.extend(url::form_urlencoded::byte_serialize(token.as_bytes()));
        let request = Request::post(self.provider.introspection_endpoint().await?)
            .header(header::AUTHORIZATION, credentials)
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(Body::from(form))
            .map_err(|_| Unavailable::Unreachable)?;
        self.provider.ask(request, "introspection").await
    }
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
fn basic(client: &IntrospectionClient) -> HeaderValue {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encoded(&client.id), encoded(client.secret.expose()));
    let mut value =
        HeaderValue::try_from(format!("Basic {}", STANDARD.encode(joined))).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    value
}
