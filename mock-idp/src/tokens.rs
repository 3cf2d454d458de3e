//! Access, refresh and ID tokens, and the grant that they all hang on.

use hosting::Kind;
use serde::Serialize;
use serde_json::{Value, json};

use crate::AccessTokenFormat;
use crate::issuer::Issuer;
use crate::key::Typ;
use crate::scope::Scope;

/// How long an ID token is good, in seconds; it is read once, right after it was fetched.
const ID_TOKEN_LIFE_S: u64 = 300;

/// What was granted to a client; its tokens are one family and end with it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    /// The user, or the client itself where no user is involved.
    pub(crate) sub: String,
    /// The provider's session in which it was granted, where a user was involved.
    pub(crate) sid: Option<String>,
    pub(crate) auth_time_s: u64,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) began_s: u64,
    /// Its refresh tokens were revoked alone, without its access tokens.
    pub(crate) refresh_ended: bool,
}

/// What is known of an access token.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) sub: String,
    pub(crate) scope: Scope,
    pub(crate) audience: String,
    pub(crate) issued_s: u64,
    pub(crate) expires_s: u64,
}

/// What is known of a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    /// When the family ends, however often it is used.
    pub(crate) family_ends_s: u64,
    /// It was replaced; whoever still has it is not the only one.
    pub(crate) used: bool,
}

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3).
#[derive(Debug, Serialize)]
pub(crate) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl Issuer {
    /// Remembers a grant for as long as any token of it can live.
    pub(crate) fn begin_grant(&self, grant: &Grant) {
        let longest_s = self.settings.refresh_token_life_s.saturating_add(self.settings.access_token_life_s);
        self.grants.insert(&grant.id, grant.began_s.saturating_add(longest_s), grant.clone());
    }

    /// Makes the tokens that the token endpoint answers, without a refresh token.
    ///
    /// Returns nothing when the session behind the grant has ended.
    pub(crate) fn answer(&self, grant: &Grant, scope: &Scope) -> Option<TokenResponse> {
        let last_s = self.tokens_last_until_s(grant.sid.as_deref())?;
        let (access_token, token) = self.mint_access_token(grant, scope, last_s);
        let id_token = scope.contains("openid").then(|| self.mint_id_token(grant, scope, &access_token));
        Some(TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: token.expires_s.saturating_sub(token.issued_s),
            scope: scope.to_string(),
            refresh_token: None,
            id_token,
        })
    }

    fn mint_access_token(&self, grant: &Grant, scope: &Scope, last_s: u64) -> (String, AccessToken) {
        let issued_s = self.now_s();
        let audience = self.config.client(&grant.client_id).map(|client| client.audience.clone()).unwrap_or_default();
        let token = AccessToken {
            grant_id: grant.id.clone(),
            client_id: grant.client_id.clone(),
            sub: grant.sub.clone(),
            scope: scope.clone(),
            audience,
            issued_s,
            expires_s: issued_s.saturating_add(self.settings.access_token_life_s).min(last_s),
        };
        let value = match self.settings.access_token_format {
            AccessTokenFormat::Opaque => hosting::random_token(),
            AccessTokenFormat::Jwt => self.key.sign(Typ::Access, &self.access_token_claims(&token)),
        };
        self.handed.credentials.mint(Kind::AccessToken, &value);
        self.access_tokens.insert(&value, token.expires_s, token.clone());
        (value, token)
    }

    /// Source: RFC 9068 §2.2.
    fn access_token_claims(&self, token: &AccessToken) -> Value {
        json!({
            "iss": self.config.issuer,
            "sub": token.sub,
            "aud": token.audience,
            "client_id": token.client_id,
            "scope": token.scope.to_string(),
            "iat": token.issued_s,
            "exp": token.expires_s,
            "jti": hosting::random_token(),
        })
    }

    /// Makes a refresh token of a family that ends at a given second.
    pub(crate) fn mint_refresh_token(&self, grant: &Grant, family_ends_s: u64) -> String {
        let value = self.mint(Kind::RefreshToken);
        let token =
            RefreshToken { grant_id: grant.id.clone(), client_id: grant.client_id.clone(), family_ends_s, used: false };
        self.refresh_tokens.insert(&value, self.idle_end_s(family_ends_s), token);
        value
    }

    /// Returns when a refresh token that is used now ends if it is not used again.
    pub(crate) fn idle_end_s(&self, family_ends_s: u64) -> u64 {
        self.now_s().saturating_add(self.settings.refresh_token_idle_s).min(family_ends_s)
    }

    /// Source: OpenID Connect Core 1.0 §2 and §3.1.3.6.
    fn mint_id_token(&self, grant: &Grant, scope: &Scope, access_token: &str) -> String {
        let now_s = self.now_s();
        let at_hash = hosting::base64url(&hosting::sha256(access_token.as_bytes())[..16]);
        let mut claims = self.claims_of(&grant.sub, scope);
        let own = json!({
            "iss": self.config.issuer,
            "aud": grant.client_id,
            "iat": now_s,
            "exp": now_s + ID_TOKEN_LIFE_S,
            "auth_time": grant.auth_time_s,
            "at_hash": at_hash,
            "sid": grant.sid,
        });
        if let (Value::Object(claims), Value::Object(own)) = (&mut claims, own) {
            claims.extend(own);
            if let Some(nonce) = &grant.nonce {
                claims.insert("nonce".to_owned(), json!(nonce));
            }
        }
        let value = self.key.sign(Typ::Id, &claims);
        self.handed.credentials.mint(Kind::IdToken, &value);
        value
    }

    /// Returns what a scope tells about a user (OpenID Connect Core 1.0 §5.4).
    pub(crate) fn claims_of(&self, sub: &str, scope: &Scope) -> Value {
        let mut claims = json!({"sub": sub});
        let Some(user) = self.config.user(sub) else { return claims };
        if scope.contains("profile") {
            claims["name"] = json!(user.name);
            claims["preferred_username"] = json!(user.username);
        }
        if scope.contains("email") {
            claims["email"] = json!(user.email);
        }
        claims
    }

    /// Returns what an access token is worth at this moment; one whose grant or session has ended is worth nothing.
    pub(crate) fn access_token(&self, value: &str) -> Option<(AccessToken, Grant)> {
        let token = self.access_tokens.get(value)?;
        let grant = self.grants.get(&token.grant_id)?;
        self.tokens_last_until_s(grant.sid.as_deref())?;
        Some((token, grant))
    }

    /// Returns what a refresh token is worth at this moment.
    pub(crate) fn refresh_token(&self, value: &str) -> Option<(RefreshToken, Grant)> {
        let token = self.refresh_tokens.get(value).filter(|token| !token.used)?;
        let grant = self.grants.get(&token.grant_id).filter(|grant| !grant.refresh_ended)?;
        self.tokens_last_until_s(grant.sid.as_deref())?;
        Some((token, grant))
    }
}
