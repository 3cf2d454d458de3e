//! Asks the issuer what a token is worth (RFC 7662).

use std::sync::Arc;

use http::header;

use super::claims::Claims;
use super::provider::{Provider, Unavailable, patiently};
use crate::config::IntrospectionClient;

pub(super) struct Introspector {
    client: Option<IntrospectionClient>,
    provider: Arc<Provider>,
}

impl Introspector {
    pub(super) fn new(client: Option<IntrospectionClient>, provider: Arc<Provider>) -> Self {
        Self { client, provider }
    }

    /// Asks about one token.
    pub(super) async fn ask(&self, token: &str) -> Result<Claims, Unavailable> {
        patiently(self.introspect(token)).await
    }

    async fn introspect(&self, token: &str) -> Result<Claims, Unavailable> {
        let client = self.client.as_ref().ok_or(Unavailable::NotRegistered)?;
        let endpoint = self.provider.introspection_endpoint().await?;
        // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let request = self
            .provider
            .client()
            .post(endpoint)
            .basic_auth(encoded(&client.id), Some(encoded(client.secret.expose())))
            .header(header::ACCEPT, "application/json")
            .form(&[("token", token), ("token_type_hint", "access_token")])
            .build();
        self.provider.exchange(request, "introspection").await
    }
}
