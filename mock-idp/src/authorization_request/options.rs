//! What a client may wish for beside a code: how the answer comes, and how the user is asked.

use crate::issuer::Issuer;
use crate::keys::Typ;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::sessions::ACR_TWO_FACTORS;

/// How the answer reaches the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect (RFC 6749 §4.1.2).
    #[default]
    Query,
    /// In the fragment of a redirect (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    Fragment,
    /// In a form that a page of ours posts (OAuth 2.0 Form Post Response Mode §2).
    FormPost,
    /// In a message from a page of ours to the window that opened or frames it (draft-sakimura-oauth-wmrm §4).
    WebMessage,
}

impl ResponseMode {
    /// Every mode.
    pub(crate) const ALL: &[Self] = &[Self::Query, Self::Fragment, Self::FormPost, Self::WebMessage];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::WebMessage => "web_message",
        }
    }

    pub(super) fn asked(parameters: &Parameters) -> Result<Self, OAuthError> {
        let Some(name) = parameters.get("response_mode") else { return Ok(Self::Query) };
        Self::ALL.iter().copied().find(|mode| mode.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|mode| mode.name()).collect();
            let description = format!("the response mode {name} is not supported: use one of {}", known.join(", "));
            OAuthError::new(Code::InvalidRequest, description)
        })
    }
}

/// Whether the user may, or must, be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interaction {
    /// `prompt=none`.
    Never,
    /// Nobody is asked who has a session, and has consented.
    IfNeeded,
    /// `prompt=login` or `prompt=select_account`.
    SignIn,
    /// `prompt=consent`.
    Consent,
    /// `prompt=login consent`.
    SignInAndConsent,
}

impl Interaction {
    /// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt`.
    /// `max_age=0` is `prompt=login` in another word.
    pub(super) fn asked(parameters: &Parameters, max_age_s: Option<u64>) -> Result<Self, OAuthError> {
        let prompts: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
        let has = |prompt: &str| prompts.contains(&prompt);
        let unknown = prompts.iter().find(|prompt| !PROMPTS.contains(prompt));
        if let Some(unknown) = unknown {
            let reason = format!("the prompt {unknown} is not one of {}", PROMPTS.join(", "));
            return Err(OAuthError::new(Code::InvalidRequest, reason));
        }
        let again = has("login") || has("select_account") || (max_age_s == Some(0) && !has("none"));
        match (has("none"), again, has("consent")) {
            (true, false, false) => Ok(Self::Never),
            (true, ..) => Err(OAuthError::new(Code::InvalidRequest, "prompt=none stands alone or not at all")),
            (_, true, true) => Ok(Self::SignInAndConsent),
            (_, true, false) => Ok(Self::SignIn),
            (_, false, true) => Ok(Self::Consent),
            _ => Ok(Self::IfNeeded),
        }
    }

    pub(crate) fn demands_password(self) -> bool {
        matches!(self, Self::SignIn | Self::SignInAndConsent)
    }

    pub(crate) fn demands_consent(self) -> bool {
        matches!(self, Self::Consent | Self::SignInAndConsent)
    }
}

/// The prompts that discovery announces.
pub(crate) const PROMPTS: &[&str] = &["none", "login", "consent", "select_account"];

pub(super) fn max_age(parameters: &Parameters) -> Result<Option<u64>, OAuthError> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    let invalid = |_| OAuthError::new(Code::InvalidRequest, format!("max_age is not a number of seconds: {text}"));
    text.parse().map(Some).map_err(invalid)
}

/// Source: OpenID Connect Core 1.0 §3.1.2.1, `acr_values`, in the order of preference; what is unknown is passed over.
pub(super) fn wants_two_factors(parameters: &Parameters) -> bool {
    let asked = parameters.get("acr_values").unwrap_or_default();
    asked.split_ascii_whitespace().find(|acr| crate::sessions::ACRS.contains(acr)) == Some(ACR_TWO_FACTORS)
}

pub(super) fn hinted_sub(issuer: &Issuer, parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let Some(hint) = parameters.get("id_token_hint") else { return Ok(None) };
    let sub = issuer.keys.open(Typ::Id, hint).and_then(|claims| claims["sub"].as_str().map(str::to_owned));
    match sub {
        Some(sub) => Ok(Some(sub)),
        None => Err(OAuthError::new(Code::InvalidRequest, "the id_token_hint was not issued here")),
    }
}
