//! One call of an API, sent as often as it takes: once, again with the nonce that is asked for, again with a fresh
//! token.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::uri::Uri;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};

use super::outgoing::Outgoing;
use super::{onward, tunnel};
use crate::Shared;
use crate::downstream::{Behind, Credential};
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::session::Found;

/// How long after a token was refused another refusal fetches none, in seconds: an API that refuses everything must not
/// make every request a refresh.
const REST_S: u64 = 60;

/// A call of an API.
pub(super) struct Call<'a> {
    pub(super) bff: &'a Shared,
    pub(super) behind: &'a Behind,
    pub(super) found: &'a Found,
    pub(super) method: Method,
    pub(super) target: Uri,
    /// The headers of the page's request.
    pub(super) headers: &'a HeaderMap,
    /// The key of the handshake, where the call opens a WebSocket.
    pub(super) handshake: Option<&'a HeaderValue>,
}

/// What came back.
pub(super) struct Answered {
    pub(super) answer: Response,
    /// The credential that was sent, or nothing where the caller has sent its own.
    pub(super) credential: Option<Credential>,
}

impl Call<'_> {
    /// Returns how long the API may take to begin its answer.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.bff.settings.proxy.deadline_s)
    }

    /// Sends it.
    ///
    /// # Errors
    ///
    /// 401 when the session has ended, 400, 408 and 413 for a body that does not come or is too long, 502 when the API or
    /// the provider does not answer, 504 when it is too late.
    pub(super) async fn send(&self, mut body: Outgoing) -> Result<Answered, Problem> {
        // Whatever came from the caller is gone here, unless the switch that lets it through is off.
        if !self.bff.settings.proxy.strip_authz.is_on() && self.headers.contains_key(header::AUTHORIZATION) {
            let answer = self.once(None, &mut body).await?;
            return Ok(Answered { answer, credential: None });
        }
        let mut credential = self.credential(None).await?;
        if credential.is_bound {
            body = Box::pin(body.kept(&self.bff.settings.proxy, self.patience())).await?;
        }
        let (mut is_challenged, mut is_renewed) = (false, false);
        loop {
            let answer = self.once(Some(&credential), &mut body).await?;
            let wants_nonce = credential.is_bound && self.wants_nonce(&answer);
            if answer.status() == StatusCode::UNAUTHORIZED && body.can_be_repeated() {
                if wants_nonce && !std::mem::replace(&mut is_challenged, true) {
                    continue;
                }
                // A session in the cookie that has just been refreshed has no second refresh token to offer.
                let can_be_renewed = credential.set_cookie.is_none();
                let is_harmless = self.method.is_safe() && body.is_nothing();
                if is_harmless
                    && can_be_renewed
                    && !std::mem::replace(&mut is_renewed, true)
                    && let Some(other) = Box::pin(self.another(&credential)).await?
                {
                    credential = other;
                    continue;
                }
            }
            return Ok(Answered { answer, credential: Some(credential) });
        }
    }

    async fn credential(&self, refused: Option<&str>) -> Result<Credential, Problem> {
        self.bff.downstreams.credential(self.bff, self.behind, self.found, refused).await
    }

    /// Returns another token than the one that was refused although it looked good: it may have been revoked.
    async fn another(&self, refused: &Credential) -> Result<Option<Credential>, Problem> {
        let key = format!("refused\n{}\n{}", self.found.key, self.behind.name);
        if !self.bff.remembered.put_new(Drawer::ApiToken, &key, REST_S).await? {
            return Ok(None);
        }
        match self.credential(Some(refused.token())).await {
            Ok(other) if other.token() != refused.token() => Ok(Some(other)),
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED => Err(problem),
            // What the API has said is told; that the provider has nothing better is not news for the page.
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Keeps the nonce that an answer names, and tells whether the answer asks for it (RFC 9449 §9).
    fn wants_nonce(&self, answer: &Response) -> bool {
        let is_named = self.bff.oidc.remember_nonce(&self.target.to_string(), answer.headers());
        let mut challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
        let word = b"use_dpop_nonce";
        is_named && challenges.any(|value| value.as_bytes().windows(word.len()).any(|window| window == word))
    }

    /// Sends it once.
    ///
    /// # Errors
    ///
    /// As for [`Call::send`].
    pub(super) async fn once(&self, credential: Option<&Credential>, body: &mut Outgoing) -> Result<Response, Problem> {
        let mut request = Request::new(body.next());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = onward::headers(&self.bff.settings.proxy, self.headers);
        if let Some(credential) = credential {
            self.authorize(request.headers_mut(), credential)?;
        }
        if let Some(key) = self.handshake {
            tunnel::ask(request.headers_mut(), key);
        }
        let began = self.bff.handed.clock.now();
        let sent = tokio::time::timeout(self.patience(), self.through(request)).await;
        self.bff.watch.downstream_took(self.bff.handed.clock.now().saturating_sub(began));
        match sent {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(body.failure(&self.bff.settings.proxy).unwrap_or_else(|| self.unreachable(&error))),
            Err(_) => Err(body.failure(&self.bff.settings.proxy).unwrap_or_else(|| body.lateness())),
        }
    }

    async fn through(&self, request: Request<Body>) -> std::io::Result<Response> {
        let outbound = self.bff.downstreams.outbound();
        if self.handshake.is_some() { outbound.upgrade(request).await } else { outbound.pass(request).await }
    }

    fn authorize(&self, headers: &mut HeaderMap, credential: &Credential) -> Result<(), Problem> {
        headers.insert(header::AUTHORIZATION, credential.header()?);
        if !credential.is_bound {
            return Ok(());
        }
        let target = self.target.to_string();
        let proof = self.bff.oidc.dpop_proof(self.method.as_str(), &target, Some(credential.token()), None);
        let proof = proof.and_then(|proof| HeaderValue::try_from(proof).ok());
        let missing =
            Problem::fixed(StatusCode::BAD_GATEWAY, "the token is bound to a key that this application lacks");
        headers.insert("dpop", proof.ok_or(missing)?);
        Ok(())
    }

    /// The cause is for the operator: it names hosts that are nobody else's business.
    fn unreachable(&self, error: &std::io::Error) -> Problem {
        tracing::warn!(target: "bff_app::proxy", api = self.behind.name, cause = %error, "an API does not answer");
        Problem::new(StatusCode::BAD_GATEWAY, format!("the API {:?} does not answer", self.behind.name))
    }
}
