//! A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::clients::Client;
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;
use crate::tokens::{Grant, TokenResponse};

/// What is known of a code.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) sub: String,
    pub(crate) sid: String,
    pub(crate) auth_time_s: u64,
    /// The grant that it was exchanged for.
    pub(crate) redeemed: Option<String>,
}

pub(super) fn answer(issuer: &Issuer, client: &Client, parameters: &Parameters) -> Result<TokenResponse, OAuthError> {
    let value = parameters.require("code")?;
    let redirect_uri = parameters.require("redirect_uri")?;
    let redeemed = issuer.codes.change(value, |_, code| {
        check(issuer, client, code, redirect_uri, parameters.get("code_verifier"))?;
        let grant = begin_grant(issuer, code);
        code.redeemed = Some(grant.id.clone());
        Ok::<_, OAuthError>(grant)
    });
    let grant = redeemed.ok_or_else(|| invalid_grant("the code is unknown or has expired"))??;
    let mut answer = issuer
        .answer(&grant, &grant.scope)
        .ok_or_else(|| invalid_grant("the session in which the code was issued has ended"))?;
    // Told of the session's end from now on.
    if let Some(sid) = &grant.sid {
        issuer.sessions.change(sid, |_, session| session.clients.insert(client.id.clone()));
    }
    // OpenID Connect Core 1.0 §11.
    if grant.scope.contains("offline_access") {
        let family_ends_s = grant.began_s.saturating_add(issuer.settings.refresh_token_life_s);
        answer.refresh_token = Some(issuer.mint_refresh_token(&grant, family_ends_s));
    }
    Ok(answer)
}

fn check(
    issuer: &Issuer,
    client: &Client,
    code: &AuthorizationCode,
    redirect_uri: &str,
    code_verifier: Option<&str>,
) -> Result<(), OAuthError> {
    // RFC 6749 §4.1.3: the client that the code was issued to, and the address that it was sent to.
    if code.client_id != client.id {
        return Err(invalid_grant("the code was issued to another client"));
    }
    if let Some(grant_id) = code.redeemed.as_deref().filter(|_| issuer.settings.code_once.is_on()) {
        // RFC 6749 §4.1.2: deny, and revoke what the first use gave.
        issuer.grants.remove(grant_id);
        return Err(invalid_grant("the code was used before: its tokens are revoked"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(invalid_grant("the redirect_uri is not the one to which the code was sent"));
    }
    match (&code.code_challenge, code_verifier) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(OAuthError::new(Code::InvalidRequest, "the parameter code_verifier is missing")),
        (Some(challenge), Some(verifier)) if verifies(challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => Err(invalid_grant("the code_verifier does not match the code_challenge")),
    }
}

/// Source: RFC 7636 §4.1 (43 to 128 unreserved characters) and §4.6.
fn verifies(challenge: &str, verifier: &str) -> bool {
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let digest = hosting::base64url(&hosting::sha256(verifier.as_bytes()));
    is_verifier && hosting::same_bytes(digest.as_bytes(), challenge.as_bytes())
}

fn begin_grant(issuer: &Issuer, code: &AuthorizationCode) -> Grant {
    let grant = Grant {
        id: hosting::random_token(),
        client_id: code.client_id.clone(),
        sub: code.sub.clone(),
        sid: Some(code.sid.clone()),
        auth_time_s: code.auth_time_s,
        nonce: code.nonce.clone(),
        scope: code.scope.clone(),
        began_s: issuer.now_s(),
        refresh_ended: false,
    };
    issuer.begin_grant(&grant);
    grant
}

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidGrant, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_the_example_of_rfc_7636_appendix_b() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verifies(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!verifies(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!verifies(challenge, challenge));
    }
}
