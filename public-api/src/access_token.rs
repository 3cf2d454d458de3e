//! Lets a call through when its access token is worth it, and refuses it as RFC 6750 says.

mod cache;
mod claims;
mod credential;
mod introspection;
mod refused;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hosting::{Clock, Handed};
use http::{HeaderMap, Uri};

use crate::Config;
use crate::settings::Settings;
use cache::Cache;
use claims::Claims;
use introspection::Introspector;
pub(crate) use refused::Refused;

/// The only scope there is.
const SCOPE: &str = "accounts";

/// On whose behalf a call is made: the provider's user name, or its `sub` where it tells no name.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) String);

/// What checks tokens.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    config: Config,
    settings: Settings,
    clock: Clock,
    cache: Cache,
    introspector: Introspector,
}

impl Gate {
    pub(crate) fn new(config: Config, settings: Settings, handed: Handed) -> Self {
        let cache = Cache::new(&settings.introspection, handed.clock.clone());
        let introspector = Introspector::new(&config, handed.outbound.named("api"));
        Self(Arc::new(Inner { config, settings, clock: handed.clock, cache, introspector }))
    }

    async fn admit(&self, headers: &HeaderMap, uri: &Uri) -> Result<Caller, Refused> {
        let Inner { config, settings, clock, .. } = &*self.0;
        let token = credential::presented(headers, uri, settings.credential)?;
        let claims = self.claims_of(&token).await?;
        claims::check(&claims, config, settings, clock)
    }

    async fn claims_of(&self, token: &str) -> Result<Claims, Refused> {
        let Inner { cache, introspector, .. } = &*self.0;
        if let Some(kept) = cache.get(token) {
            return Ok(kept);
        }
        // The life starts before the question: what is revoked while the answer travels must not live longer.
        let asked = self.0.clock.now();
        // RFC 7662 §2.2 leaves a resource server that gets no answer nothing to believe in: it fails closed.
        let claims = introspector.ask(token).await.map_err(|error| Refused::Unavailable(error.to_string()))?;
        if claims.active {
            cache.put(token, asked, claims.clone());
        }
        Ok(claims)
    }
}

/// Lets a call through with its [`Caller`], or refuses it.
pub(crate) async fn require(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    match gate.admit(&headers, &uri).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => refused.challenge(gate.0.config.origin.as_str()).into_response(),
    }
}
