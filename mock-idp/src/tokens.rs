//! Access and refresh tokens, and the grant that they all hang on.

use std::sync::Arc;

use hosting::Kind;
use serde::Serialize;
use serde_json::Value;

use crate::binding::Binding;
use crate::config::Resource;
use crate::events::{Happened, Note};
use crate::issuer::Issuer;
use crate::keys::Typ;
use crate::scope::Scope;
use crate::{AccessTokenFormat, DpopLie, dpop, id_token};

/// What was granted to a client; its tokens are one family and end with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grant {
    /// A number that this provider has given it.
    pub(crate) id: u64,
    pub(crate) client_id: Arc<str>,
    /// The user, or the client itself where no user is involved.
    pub(crate) sub: Arc<str>,
    /// The provider's session in which it was granted, where a user was involved.
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) auth_time_s: u64,
    /// How the user has signed in (OpenID Connect Core 1.0 §2, `acr`).
    pub(crate) acr: Option<&'static str>,
    pub(crate) scope: Scope,
    /// The APIs for which tokens may be issued; the first one where a request names none.
    pub(crate) resources: Arc<[String]>,
    /// What every refresh token of a public client is bound to (RFC 9449 §5).
    pub(crate) binding: Binding,
    pub(crate) began_s: u64,
    /// Its refresh tokens were revoked alone, without its access tokens.
    pub(crate) refresh_ended: bool,
    /// Who acts for the user, after a token exchange (RFC 8693 §4.1).
    pub(crate) act: Option<Box<Value>>,
    /// The grant whose token was exchanged; this one ends with it.
    pub(crate) parent: Option<u64>,
    /// What holds one sign-in together in the log.
    pub(crate) correlation: Arc<str>,
    /// The `aud` that a lie puts into access tokens.
    pub(crate) audience_override: Option<Box<str>>,
}

/// What is known of an access token.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant_id: u64,
    /// The provider's session that lived when it was issued.
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) scope: Scope,
    pub(crate) audience: Arc<[String]>,
    pub(crate) binding: Binding,
    pub(crate) issued_s: u64,
    pub(crate) expires_s: u64,
}

/// What is known of a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant_id: u64,
    /// When the family ends, however often it is used.
    pub(crate) family_ends_s: u64,
    /// When it was replaced; whoever still has it then is not the only one.
    pub(crate) used_at_s: Option<u64>,
}

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3, RFC 8693 §2.2.1).
#[derive(Debug, Serialize)]
pub(crate) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued_token_type: Option<&'static str>,
    /// The session that the client has joined by this answer.
    #[serde(skip)]
    pub(crate) session_joined: Option<Arc<str>>,
}

impl TokenResponse {
    /// Writes the body of the answer, with room for all of it from the start.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let tokens = [Some(&self.access_token), self.refresh_token.as_ref(), self.id_token.as_ref()];
        let room = 200 + self.scope.as_str().len() + tokens.into_iter().flatten().map(String::len).sum::<usize>();
        let mut body = Vec::with_capacity(room);
        serde_json::to_writer(&mut body, self).expect("a token response is plain data");
        body
    }
}

/// What is asked of a grant at one request.
pub(crate) struct Asked {
    pub(crate) scope: Scope,
    /// The APIs for which the access token is.
    pub(crate) resources: Arc<[String]>,
    /// What the access token is bound to.
    pub(crate) binding: Binding,
    /// The nonce of the ID token, in the first answer alone (OpenID Connect Core 1.0 §12.2).
    pub(crate) nonce: Option<String>,
}

impl Issuer {
    /// Remembers a grant for as long as any token of it can live.
    pub(crate) fn begin_grant(&self, grant: Grant) -> Arc<Grant> {
        let lives = grant.resources.iter().filter_map(|name| self.registry.resource(name)?.access_token_life_s);
        let access_s = lives.max().unwrap_or_default().max(self.settings.access_token_life_s);
        let refreshes = grant.scope.contains("offline_access") && !grant.refresh_ended;
        let refresh_s = if refreshes { self.settings.refresh_token_life_s } else { 0 };
        let ends_s = grant.began_s.saturating_add(refresh_s).saturating_add(access_s);
        let grant = Arc::new(grant);
        self.grants.insert(&grant.id, ends_s, Arc::clone(&grant));
        grant
    }

    /// Makes the tokens that the token endpoint answers, without a refresh token.
    ///
    /// Returns nothing when the session behind the grant has ended.
    pub(crate) fn answer(&self, grant: &Grant, asked: Asked) -> Option<TokenResponse> {
        self.answer_until(grant, asked, u64::MAX)
    }

    /// The same, with an access token that lives no longer than another one.
    pub(crate) fn answer_until(&self, grant: &Grant, asked: Asked, until_s: u64) -> Option<TokenResponse> {
        let last_s = self.access_tokens_last_until_s(grant.sid.as_deref())?.min(until_s);
        let (scope, nonce) = (asked.scope.clone(), asked.nonce.clone());
        let mut token_type = asked.binding.token_type();
        if token_type == "DPoP" && dpop::lies(self, Some(&grant.client_id), DpopLie::says_bearer) {
            token_type = "Bearer";
        }
        let (access_token, expires_in) = self.mint_access_token(grant, asked, last_s);
        // RFC 8693 §2.2.1: an exchange gives no ID token.
        let id_token = (scope.contains("openid") && grant.sid.is_some() && grant.act.is_none())
            .then(|| id_token::mint(self, grant, &scope, nonce.as_deref(), &access_token));
        Some(TokenResponse {
            access_token,
            token_type,
            expires_in,
            scope,
            refresh_token: None,
            id_token,
            issued_token_type: None,
            session_joined: None,
        })
    }

    fn mint_access_token(&self, grant: &Grant, asked: Asked, last_s: u64) -> (String, u64) {
        let issued_s = self.now_s();
        let resource = asked.resources.first().and_then(|first| self.registry.resource(first));
        let life_s = resource.as_ref().and_then(|resource| resource.access_token_life_s);
        let life_s = life_s.unwrap_or(self.settings.access_token_life_s);
        let audience = match &grant.audience_override {
            Some(audience) => Arc::from([audience.to_string()]),
            None => asked.resources,
        };
        let expires_s = issued_s.saturating_add(life_s).min(last_s);
        let token = AccessToken {
            grant_id: grant.id,
            sid: grant.sid.clone(),
            scope: asked.scope,
            audience,
            binding: asked.binding,
            issued_s,
            expires_s,
        };
        let value = match self.format(grant, resource.as_deref()) {
            AccessTokenFormat::Opaque => self.random_token(),
            AccessTokenFormat::Jwt => {
                let algorithm = resource.map(|resource| resource.access_token_signing_alg).unwrap_or_default();
                let claims = AccessTokenClaims { jti: Some(hosting::random_token()), ..self.claims(grant, &token) };
                self.keys.sign(algorithm, Typ::Access, &claims)
            }
        };
        self.handed.credentials.mint(Kind::AccessToken, &value);
        self.note_about(Happened::Issued, Kind::AccessToken, &value, grant);
        self.access_tokens.insert(&value, expires_s, Arc::new(token));
        (value, expires_s.saturating_sub(issued_s))
    }

    /// The API decides what its tokens look like, then the client, then the provider.
    fn format(&self, grant: &Grant, resource: Option<&Resource>) -> AccessTokenFormat {
        let of_client = || self.registry.client(&grant.client_id).and_then(|client| client.access_token_format);
        resource
            .and_then(|resource| resource.access_token_format)
            .or_else(of_client)
            .unwrap_or(self.settings.access_token_format)
    }

    /// Source: RFC 9068 §2.2, RFC 8693 §4.1 (`act`), RFC 9449 §6.1 and RFC 8705 §3.1 (`cnf`).
    pub(crate) fn claims<'a>(&'a self, grant: &'a Grant, token: &'a AccessToken) -> AccessTokenClaims<'a> {
        let user = self.registry.user(&grant.sub);
        let (username, roles) = user.map(|user| (user.username.clone(), user.roles.clone())).unzip();
        AccessTokenClaims {
            iss: self.config.issuer.as_str(),
            sub: &grant.sub,
            aud: audience(&token.audience),
            client_id: &grant.client_id,
            scope: token.scope.as_str(),
            iat: token.issued_s,
            exp: token.expires_s,
            jti: None,
            sid: grant.sid.as_deref(),
            auth_time: grant.sid.is_some().then_some(grant.auth_time_s),
            acr: grant.acr,
            cnf: token.binding.confirmation(),
            act: grant.act.as_deref(),
            username,
            roles: roles.unwrap_or_default(),
        }
    }

    /// Makes a refresh token of a family that ends at a given second.
    pub(crate) fn mint_refresh_token(&self, grant: &Grant, family_ends_s: u64) -> String {
        let value = self.mint(Kind::RefreshToken);
        self.note_about(Happened::Issued, Kind::RefreshToken, &value, grant);
        let token = RefreshToken { grant_id: grant.id, family_ends_s, used_at_s: None };
        self.refresh_tokens.insert(&value, self.idle_end_s(family_ends_s), token);
        value
    }

    /// Returns when a refresh token that is used now ends if it is not used again.
    pub(crate) fn idle_end_s(&self, family_ends_s: u64) -> u64 {
        self.now_s().saturating_add(self.settings.refresh_token_idle_s).min(family_ends_s)
    }

    /// Returns what an access token is worth at this moment; one whose grant or session has ended is worth nothing.
    pub(crate) fn access_token(&self, value: &str) -> Option<(Arc<AccessToken>, Arc<Grant>)> {
        let token = self.access_tokens.get(value)?;
        let grant = self.living_grant(token.grant_id)?;
        self.access_tokens_last_until_s(token.sid.as_deref())?;
        Some((token, grant))
    }

    /// Returns a grant, unless it or one from which it was exchanged has ended or has lost its client, or its user is
    /// disabled.
    pub(crate) fn living_grant(&self, id: u64) -> Option<Arc<Grant>> {
        let grant = self.grants.get(&id)?;
        if self.registry.user(&grant.sub).is_some_and(|user| user.disabled) {
            return None;
        }
        let mut link = Arc::clone(&grant);
        loop {
            // What was on its way while the client was removed was granted after everything of it had been taken away.
            self.registry.client(&link.client_id)?;
            let Some(parent) = link.parent else { return Some(grant) };
            link = self.grants.get(&parent)?;
        }
    }

    /// Returns what a refresh token is worth at this moment.
    pub(crate) fn refresh_token(&self, value: &str) -> Option<(RefreshToken, Arc<Grant>)> {
        let token = self.refresh_tokens.get(value).filter(|token| token.used_at_s.is_none())?;
        let grant = self.living_grant(token.grant_id).filter(|grant| !grant.refresh_ended)?;
        self.refresh_tokens_last_until_s(grant.sid.as_deref())?;
        Some((token, grant))
    }

    /// Ends a grant and every token of it.
    pub(crate) fn end_grant(&self, id: u64, why: &str) {
        if let Some(grant) = self.grants.remove(&id) {
            self.note_grant(Happened::Revoked, &grant, why);
        }
    }

    pub(crate) fn note_grant(&self, happened: Happened, grant: &Grant, why: &str) {
        let note = Note {
            client_id: Some(Arc::clone(&grant.client_id)),
            sub: Some(Arc::clone(&grant.sub)),
            correlation: Some(Arc::clone(&grant.correlation)),
            detail: Some(why.to_owned()),
            ..Note::default()
        };
        self.note(happened, note);
    }

    pub(crate) fn note_about(&self, happened: Happened, kind: Kind, value: &str, grant: &Grant) {
        let note = Note {
            credential: Some((kind, value)),
            client_id: Some(Arc::clone(&grant.client_id)),
            sub: Some(Arc::clone(&grant.sub)),
            correlation: Some(Arc::clone(&grant.correlation)),
            detail: None,
        };
        self.note(happened, note);
    }
}

/// What an access token says, signed in itself or told at introspection.
#[derive(Debug, Serialize)]
pub(crate) struct AccessTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Audience<'a>,
    client_id: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a Value>,
    /// What the user types to sign in (RFC 7662 §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
}

/// One audience is a string, several are an array (RFC 7519 §4.1.3).
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [String]),
}

fn audience(audience: &[String]) -> Audience<'_> {
    match audience {
        [one] => Audience::One(one),
        several => Audience::Several(several),
    }
}

#[cfg(test)]
mod tests {
    use hosting::Secret;

    use super::*;
    use crate::Client;

    #[test]
    fn what_was_granted_while_its_client_was_removed_is_worth_nothing() {
        let clients = ["app", "gateway"].map(|id| Client::confidential(id, Secret::new("a-secret")));
        let issuer = Issuer::knowing(clients.to_vec());
        let began_s = issuer.now_s();
        let begin = |id: u64, client_id: &str, sub: &str, parent: Option<u64>| {
            let grant = Grant { id, client_id: client_id.into(), sub: sub.into(), parent, began_s, ..Grant::default() };
            issuer.begin_grant(grant);
        };
        begin(1, "app", "sub-alice", None);
        begin(2, "app", "app", None);
        begin(3, "gateway", "sub-alice", Some(1));
        begin(4, "gateway", "gateway", None);
        let living = || [1, 2, 3, 4].map(|id| issuer.living_grant(id).is_some());
        assert_eq!(living(), [true; 4], "for a user, for the client itself, and exchanged");
        issuer.registry.remove_client("app");
        assert_eq!(living(), [false, false, false, true]);
    }
}
