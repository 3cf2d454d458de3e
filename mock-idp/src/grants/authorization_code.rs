//! A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).

use std::sync::Arc;

use hosting::Kind;

use super::{TokenRequest, invalid_grant, resources, understood};
use crate::binding::Binding;
use crate::events::{Happened, Note};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::scope::Scope;
use crate::tokens::{Asked, Grant, TokenResponse};

/// What is known of a code.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) client_id: Arc<str>,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: Option<String>,
    pub(crate) dpop_jkt: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) resources: Arc<[String]>,
    pub(crate) sub: Arc<str>,
    pub(crate) sid: Arc<str>,
    pub(crate) auth_time_s: u64,
    pub(crate) acr: &'static str,
    pub(crate) correlation: Arc<str>,
    /// The grant that it was exchanged for.
    pub(crate) redeemed: Option<u64>,
}

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let value = request.parameters.require("code")?;
    let redirect_uri = request.parameters.require("redirect_uri")?;
    let redeemed = issuer.codes.change(value, |_, code| {
        check(issuer, request, code, redirect_uri)?;
        let resources = resources(request.parameters, &code.resources)?;
        let grant = begin_grant(issuer, request, code);
        code.redeemed = Some(grant.id);
        Ok::<_, OAuthError>((grant, resources, code.nonce.take()))
    });
    let redeemed = redeemed.ok_or_else(|| invalid_grant("the code is unknown or has expired"))?;
    let (grant, resources, nonce) = redeemed.inspect_err(|_| note_reuse(issuer, value))?;
    issuer.note_about(Happened::Used, Kind::Code, value, &grant);
    let scope = understood(issuer, &grant.scope, &resources);
    let asked = Asked { scope, resources, binding: request.binding.clone(), nonce };
    // Told of the session's end from now on, and so before it holds anything that must end with it.
    if let Some(sid) = &grant.sid {
        issuer.join_session(sid, &grant);
    }
    let mut answer = issuer
        .answer(&grant, asked)
        .ok_or_else(|| invalid_grant("the session in which the code was issued has ended"))?;
    answer.session_joined.clone_from(&grant.sid);
    // OpenID Connect Core 1.0 §11.
    if grant.scope.contains("offline_access") && request.client.may_use("refresh_token") {
        let family_ends_s = grant.began_s.saturating_add(issuer.settings.refresh_token_life_s);
        answer.refresh_token = Some(issuer.mint_refresh_token(&grant, family_ends_s));
    }
    Ok(answer)
}

fn note_reuse(issuer: &Issuer, value: &str) {
    if let Some(code) = issuer.codes.get(value).filter(|code| code.redeemed.is_some()) {
        let note = Note {
            credential: Some((Kind::Code, value)),
            client_id: Some(code.client_id),
            sub: Some(code.sub),
            correlation: Some(code.correlation),
            detail: None,
        };
        issuer.note(Happened::Reused, note);
    }
}

fn check(
    issuer: &Issuer,
    request: &TokenRequest<'_>,
    code: &AuthorizationCode,
    redirect_uri: &str,
) -> Result<(), OAuthError> {
    // RFC 6749 §4.1.3: the client that the code was issued to, and the address that it was sent to.
    if *code.client_id != *request.client.id {
        return Err(invalid_grant("the code was issued to another client"));
    }
    if let Some(grant_id) = code.redeemed.filter(|_| issuer.settings.code_once.is_on()) {
        // RFC 6749 §4.1.2: deny, and revoke what the first use gave.
        issuer.end_grant(grant_id, "its code came back");
        return Err(invalid_grant("the code was used before: its tokens are revoked"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(invalid_grant("the redirect_uri is not the one to which the code was sent"));
    }
    // RFC 9449 §10: the key was named when the code was asked for.
    if let Some(thumbprint) = &code.dpop_jkt
        && request.binding != Binding::Dpop(thumbprint.clone())
    {
        return Err(invalid_grant("the code is bound to a DPoP key, and the request does not prove to hold it"));
    }
    if issuer.registry.user(&code.sub).is_some_and(|user| user.disabled) {
        return Err(invalid_grant("the user of the code was disabled"));
    }
    // Before anything is granted.
    if issuer.access_tokens_last_until_s(Some(&code.sid)).is_none() {
        return Err(invalid_grant("the session in which the code was issued has ended"));
    }
    match (&code.code_challenge, request.parameters.get("code_verifier")) {
        // RFC 9700 §2.1.1: a verifier without a challenge is an attempt to downgrade.
        (None, Some(_)) if issuer.settings.pkce.is_on() || issuer.settings.fapi.is_on() => {
            Err(invalid_grant("there is a code_verifier, and the request had no code_challenge"))
        }
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

fn begin_grant(issuer: &Issuer, request: &TokenRequest<'_>, code: &AuthorizationCode) -> Arc<Grant> {
    let mut grant = Grant {
        id: issuer.next_number(),
        client_id: Arc::clone(&code.client_id),
        sub: code.sub.clone(),
        sid: Some(code.sid.clone()),
        auth_time_s: code.auth_time_s,
        acr: Some(code.acr),
        scope: code.scope.clone(),
        resources: code.resources.clone(),
        binding: request.binding.clone(),
        began_s: issuer.now_s(),
        correlation: code.correlation.clone(),
        ..Grant::default()
    };
    request.bend(issuer, &mut grant);
    issuer.begin_grant(grant)
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
