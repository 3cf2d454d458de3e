//! Requests of an authenticated client: codes and refresh tokens for fresh tokens (RFC 6749 §4.1.3 and §6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosting::Kind;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::exchange::Exchanged;
use super::metadata::Endpoint;
use super::{Oidc, OidcError, dpop};
use crate::session::Tokens;

/// How long an access token counts as good whose provider does not say, in seconds (RFC 6749 §5.1).
const UNNAMED_LIFE_S: u64 = 60;
/// How long an access token counts as good at most, in seconds, whatever its provider says.
const LONGEST_LIFE_S: u64 = 24 * 3_600;

/// What the token endpoint answers (RFC 6749 §5.1).
#[derive(Deserialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<String>,
    /// How long the refresh token is good, as Keycloak and others say it; no specification has it.
    #[serde(default)]
    refresh_expires_in: Option<u64>,
    #[serde(default)]
    id_token: Option<String>,
    #[serde(default)]
    scope: Option<String>,
}

/// What a code was good for.
pub(crate) struct Granted {
    pub(crate) tokens: Tokens,
    /// What the tokens may do, where the provider says so (RFC 6749 §5.1, `scope`).
    pub(crate) scope: Option<String>,
}

/// Whether a request proves that the client holds its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It does, where tokens are bound to a key.
    Sent,
    /// It need not.
    Omitted,
}

impl Oidc {
    /// Redeems a code (RFC 6749 §4.1.3).
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Granted, OidcError> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let mut response = self.tokens(&form).await?;
        let url = self.endpoint(Endpoint::Token).await?;
        let missing = OidcError::Unreadable { url, why: "there is no id_token".to_owned() };
        let id_token = response.id_token.take().ok_or(missing)?;
        self.handed.credentials.mint(Kind::IdToken, &id_token);
        let scope = response.scope.take();
        Ok(Granted { tokens: self.keep(response, id_token, (None, None)), scope })
    }

    /// Refreshes (RFC 6749 §6).
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn refresh(&self, old: &Tokens) -> Result<Tokens, OidcError> {
        let refresh_token = old.refresh_token.as_deref().unwrap_or_default();
        let response = self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await?;
        self.check_user(&response, old).await?;
        // The ID token stays that of the sign-in: what a refresh brings has no nonce and is no proof of anything.
        Ok(self.keep(response, old.id_token.clone(), (old.refresh_token.clone(), old.refresh_expires_s)))
    }

    /// Refreshes for one API and less than was granted, and returns that token beside what the session keeps.
    ///
    /// The session's access token stays; its refresh token may be another one now (RFC 6749 §6), so whoever calls this holds
    /// the session's turn and stores it.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn refresh_narrowed(
        &self,
        old: &Tokens,
        resource: &str,
        scope: &str,
    ) -> Result<(Exchanged, Tokens), OidcError> {
        let refresh_token = old.refresh_token.as_deref().unwrap_or_default();
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)];
        // RFC 8707 §2.2.
        form.push(("resource", resource));
        let response = self.tokens(&form).await?;
        self.check_user(&response, old).await?;
        let narrowed = self.exchanged(&response);
        let (id_token, refresh) = (old.id_token.clone(), (old.refresh_token.clone(), old.refresh_expires_s));
        let kept = self.keep(response, id_token, refresh);
        let own = Tokens { access_token: old.access_token.clone(), access_expires_s: old.access_expires_s, ..kept };
        Ok((narrowed, own))
    }

    /// Refuses tokens whose ID token names another user than that of the sign-in (OpenID Connect Core 1.0 §12.2).
    async fn check_user(&self, response: &TokenResponse, old: &Tokens) -> Result<(), OidcError> {
        match &response.id_token {
            Some(id_token) if subject(id_token) != subject(&old.id_token) => {
                let url = self.endpoint(Endpoint::Token).await?;
                Err(OidcError::Unreadable { url, why: "the id_token names another user".to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Asks the token endpoint.
    pub(super) async fn tokens(&self, form: &[(&str, &str)]) -> Result<TokenResponse, OidcError> {
        let url = self.endpoint(Endpoint::Token).await?;
        let answer = self.post(&url, form, Proof::Sent).await?;
        let response: TokenResponse = answer.json()?;
        // RFC 9449 §5: a token that is not bound although it should be is thrown away.
        let expected = if self.dpop_jkt().is_some() { "DPoP" } else { "Bearer" };
        if !response.token_type.eq_ignore_ascii_case(expected) {
            return Err(answer.unreadable(format!("the token_type is not {expected}")));
        }
        if response.access_token.is_empty() {
            return Err(answer.unreadable("the access_token is empty"));
        }
        Ok(response)
    }

    /// Posts a form to an endpoint at which the client proves who it is.
    pub(super) async fn post(&self, url: &str, form: &[(&str, &str)], proof: Proof) -> Result<Answer, OidcError> {
        let (answer, is_named) = self.post_once(url, form, proof).await?;
        // RFC 9449 §8: the provider names the nonce that the proof must repeat. Once, because one that is never pleased
        // would be asked for ever.
        if proof == Proof::Sent && is_named && answer.error() == "use_dpop_nonce" {
            return Ok(self.post_once(url, form, proof).await?.0);
        }
        Ok(answer)
    }

    /// Posts a form, and tells whether the answer names a nonce; every request has an assertion and a proof of its own.
    async fn post_once(&self, url: &str, form: &[(&str, &str)], proof: Proof) -> Result<(Answer, bool), OidcError> {
        let mut request = self.authenticated(self.outbound.client().post(url), form);
        let made = (proof == Proof::Sent).then(|| self.dpop_proof("POST", url, None, None)).flatten();
        if let Some(made) = made {
            request = request.header(dpop::HEADER, made);
        }
        let answer = self.send(url, request).await?;
        let is_named = self.remember_nonce(url, &answer.headers);
        Ok((answer, is_named))
    }

    /// Turns an answer into a token that stands for itself.
    pub(super) fn exchanged(&self, response: &TokenResponse) -> Exchanged {
        self.handed.credentials.mint(Kind::AccessToken, &response.access_token);
        Exchanged {
            access_token: response.access_token.clone(),
            expires_s: self.end_s(response.expires_in.unwrap_or(UNNAMED_LIFE_S).min(LONGEST_LIFE_S)),
            token_type: response.token_type.clone(),
        }
    }

    /// Turns an answer into a session's tokens; an answer without a refresh token leaves the old one, and its end.
    fn keep(&self, response: TokenResponse, id_token: String, old: (Option<String>, Option<u64>)) -> Tokens {
        let Exchanged { access_token, expires_s, .. } = self.exchanged(&response);
        let (refresh_token, refresh_expires_s) = match response.refresh_token {
            Some(token) => {
                self.handed.credentials.mint(Kind::RefreshToken, &token);
                (Some(token), response.refresh_expires_in.map(|life_s| self.end_s(life_s)))
            }
            None => old,
        };
        Tokens { access_token, access_expires_s: expires_s, refresh_token, refresh_expires_s, id_token }
    }

    /// Returns the end of a life that begins now; what a provider says may be any number.
    fn end_s(&self, life_s: u64) -> u64 {
        self.handed.clock.now_s().saturating_add(life_s)
    }
}

/// Returns whom an ID token names. It comes from the provider itself, so its signature is not asked (§3.1.3.7, item 6).
fn subject(id_token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["sub"].as_str().map(str::to_owned)
}
