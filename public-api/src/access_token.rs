//! Lets a call through when its access token is worth it, and refuses it as RFC 6750 and RFC 9449 say.

mod binding;
mod cache;
mod claims;
mod credential;
mod dpop;
mod flights;
mod generations;
mod introspection;
mod jwks;
mod jws;
mod jwt;
mod provider;
mod public_key;
mod refused;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hosting::{ClientCertificate, Clock, Credentials, Handed};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use crate::Config;
use crate::settings::{Dpop, Format, Settings};
use cache::Cache;
use claims::Claims;
pub use claims::LEEWAY_S;
pub use dpop::DPOP_AGE_S;
use dpop::Proofs;
use flights::Flights;
use generations::Digest;
use introspection::Introspector;
use jwks::Keys;
use provider::{Provider, Unavailable};
use refused::Challenges;
pub(crate) use refused::Refused;

/// What was said of a token, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A reference: its issuer was asked.
    Reference,
    /// A JWT: it says so itself, signed.
    Jwt,
}

/// On whose behalf a call is made.
#[derive(Clone)]
pub(crate) struct Caller {
    claims: Arc<Claims>,
    form: Form,
}

impl Caller {
    /// Returns the provider's user name, or its `sub` where it tells no name.
    pub(crate) fn name(&self) -> &str {
        self.claims.name()
    }
}

/// A token that was taken, for what outlives the call that brought it.
#[derive(Clone)]
pub(crate) struct Held {
    token: String,
    caller: Caller,
}

impl Held {
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// What a token is presented with, beside itself.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    /// The certificate whose key the connection has proven.
    pub(crate) certificate: Option<&'a ClientCertificate>,
}

impl<'a> Call<'a> {
    fn of(parts: &'a Parts) -> Self {
        Self { method: &parts.method, path: parts.uri.path(), certificate: parts.extensions.get() }
    }
}

/// What checks tokens; clones share it.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    config: Config,
    settings: Settings,
    clock: Clock,
    credentials: Credentials,
    cache: Cache,
    flights: Flights<Result<Arc<Claims>, Unavailable>>,
    introspector: Introspector,
    keys: Arc<Keys>,
    proofs: Proofs,
    challenges: Challenges,
}

impl Gate {
    pub(crate) fn new(config: Config, settings: Settings, handed: Handed) -> Self {
        let Handed { clock, credentials, outbound } = handed;
        let provider = Arc::new(Provider::new(config.issuer.clone(), outbound.named(config.name)));
        Self(Arc::new(Inner {
            cache: Cache::new(&settings.introspection),
            flights: Flights::default(),
            introspector: Introspector::new(config.introspection.as_ref(), Arc::clone(&provider)),
            keys: Arc::new(Keys::new(provider, clock.clone(), settings.jwks_throttle)),
            proofs: Proofs::new(config.origin.as_str(), &settings, clock.clone()),
            challenges: Challenges::new(&config, settings.dpop),
            config,
            settings,
            clock,
            credentials,
        }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Returns on whose behalf a call is made.
    pub(crate) async fn admit(&self, parts: &Parts) -> Result<Caller, Refused> {
        self.0.take(parts).await.map(|(_, caller)| caller)
    }

    /// The same, and keeps the token.
    pub(crate) async fn hold(&self, parts: &Parts) -> Result<Held, Refused> {
        let (token, caller) = self.0.take(parts).await?;
        Ok(Held { token: token.to_owned(), caller })
    }

    /// The same for a token that did not come in a header, with its proof where it has one.
    pub(crate) async fn hold_text(&self, token: &str, proof: Option<&str>, call: &Call<'_>) -> Result<Held, Refused> {
        if !credential::is_b64token(token) {
            return Err(Refused::InvalidToken("the access token is malformed"));
        }
        let proof = proof.filter(|_| self.0.settings.dpop != Dpop::Off);
        let caller = self.0.weigh(token, proof, call).await?;
        Ok(Held { token: token.to_owned(), caller })
    }

    /// Tells whether a token that was taken has come to its end, by our clock.
    pub(crate) fn has_expired(&self, held: &Held) -> bool {
        let Inner { settings, clock, .. } = &*self.0;
        claims::check_times(&held.caller.claims, held.caller.form, settings.times, clock).is_err()
    }

    /// Asks whether a token that was taken is still worth it; a JWT is, until it expires.
    ///
    /// An issuer that does not answer says no: a stream is opened again more easily than its messages are taken back.
    pub(crate) async fn is_withdrawn(&self, held: &Held) -> bool {
        let Inner { config, settings, clock, .. } = &*self.0;
        match held.caller.form {
            Form::Jwt => false,
            Form::Reference => match self.0.introspected(&held.token).await {
                Ok(claims) => claims::check(&claims, Form::Reference, config, settings, clock).is_err(),
                Err(_) => true,
            },
        }
    }

    /// Checks a token once more that was taken before, for a connection that shows neither it nor a proof.
    ///
    /// A certificate that the token is bound to must be this connection's too; a DPoP key was proven when the token was
    /// taken, and a page can prove it in no handshake of a WebSocket.
    pub(crate) async fn take_again(&self, held: &Held, certificate: Option<&ClientCertificate>) -> Result<(), Refused> {
        let Inner { config, settings, clock, .. } = &*self.0;
        let Held { token, caller } = held;
        if self.has_expired(held) {
            return Err(Refused::InvalidToken("the access token has ended"));
        }
        let claims = match caller.form {
            Form::Jwt => Arc::clone(&caller.claims),
            Form::Reference => self.0.answered(token).await?,
        };
        claims::check(&claims, caller.form, config, settings, clock)?;
        binding::check_certificate(claims.confirmation(), certificate, settings.mtls)
    }

    /// Builds the answer to a call that is refused.
    pub(crate) fn refuse(&self, request: &HeaderMap, refused: &Refused) -> Response {
        let mut response = self.0.challenges.answer(refused, credential::scheme(request));
        self.say_nonce(request, &mut response);
        response
    }

    /// Adds the nonce of the next proof to the answer to a call that brought one (RFC 9449 §9).
    pub(crate) fn say_nonce(&self, request: &HeaderMap, response: &mut Response) {
        if request.contains_key(dpop::HEADER) {
            self.insert_nonce(response);
        }
    }

    /// Returns the nonce of the next proof, where proofs need one.
    pub(crate) fn nonce(&self) -> Option<String> {
        self.0.proofs.next_nonce()
    }

    fn insert_nonce(&self, response: &mut Response) {
        if let Some(nonce) = self.nonce().and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            response.headers_mut().insert(dpop::NONCE, nonce);
        }
    }
}

impl Inner {
    async fn take<'a>(&self, parts: &'a Parts) -> Result<(&'a str, Caller), Refused> {
        let presented = credential::presented(&parts.headers, &parts.uri, &self.settings)?;
        let proof = match presented.scheme {
            credential::Scheme::Dpop => Some(dpop::header(&parts.headers)?),
            credential::Scheme::Bearer => None,
        };
        let caller = self.weigh(presented.token, proof, &Call::of(parts)).await?;
        Ok((presented.token, caller))
    }

    async fn weigh(&self, token: &str, proof: Option<&str>, call: &Call<'_>) -> Result<Caller, Refused> {
        if proof.is_none() && self.settings.dpop == Dpop::Require {
            return Err(Refused::InvalidToken("access tokens are taken with a DPoP proof alone"));
        }
        let proven = proof.map(|proof| self.proofs.check(proof, token, call)).transpose()?;
        let (claims, form) = self.claims_of(token).await?;
        claims::check(&claims, form, &self.config, &self.settings, &self.clock)?;
        binding::check(claims.confirmation(), proven.as_ref(), call.certificate, self.settings.mtls)?;
        if let Some(proven) = &proven {
            // Last, so that only who holds the key of a token that is good fills the memory.
            self.proofs.use_up(proven)?;
        }
        Ok(Caller { claims, form })
    }

    async fn claims_of(&self, token: &str) -> Result<(Arc<Claims>, Form), Refused> {
        let is_jwt = match self.settings.format {
            Format::Opaque => false,
            Format::Jwt => true,
            Format::Either => jws::has_form(token),
        };
        if is_jwt {
            let claims = jwt::read(token, &self.keys, &self.settings).await?;
            return Ok((Arc::new(claims), Form::Jwt));
        }
        Ok((self.answered(token).await?, Form::Reference))
    }

    /// RFC 7662 §2.2 leaves a resource server that gets no answer nothing to believe in: it fails closed.
    async fn answered(&self, token: &str) -> Result<Arc<Claims>, Refused> {
        self.introspected(token).await.map_err(|why| Refused::Unavailable(why.to_string()))
    }

    async fn introspected(&self, token: &str) -> Result<Arc<Claims>, Unavailable> {
        let digest = hosting::sha256(token.as_bytes());
        let key = self.cache.key(token, digest);
        if let Some(kept) = self.cache.get(&key, self.clock.now()) {
            return Ok(kept);
        }
        self.flights.share(digest, || self.ask(token, key)).await
    }

    async fn ask(&self, token: &str, key: Digest) -> Result<Arc<Claims>, Unavailable> {
        // The life starts before the question: what is revoked while the answer travels must not live longer.
        let asked = self.clock.now();
        let claims = Arc::new(self.introspector.ask(token).await?);
        self.cache.put(key, asked, &claims);
        Ok(claims)
    }
}

/// Lets a call through with its [`Caller`], or refuses it.
pub(crate) async fn require(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let admitted = gate.admit(&parts).await;
    match admitted {
        Ok(caller) => {
            let has_proof = parts.headers.contains_key(dpop::HEADER);
            parts.extensions.insert(caller);
            let mut response = next.run(Request::from_parts(parts, body)).await;
            if has_proof {
                gate.insert_nonce(&mut response);
            }
            response
        }
        Err(refused) => gate.refuse(&parts.headers, &refused),
    }
}

#[cfg(test)]
impl Caller {
    /// Makes a caller without a token, for tests of what is behind the gate.
    pub(crate) fn called(name: &str) -> Self {
        let claims = serde_json::from_value(serde_json::json!({ "active": true, "username": name })).unwrap();
        Self { claims: Arc::new(claims), form: Form::Reference }
    }
}
