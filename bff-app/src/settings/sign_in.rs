//! How a user is signed in, and what ties the answer to the question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// How the BFF proves to the provider who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuth {
    /// By its secret, as Basic credentials (RFC 6749 §2.3.1).
    #[default]
    ClientSecretBasic,
    /// By an assertion that it signs (RFC 7523, OpenID Connect Core 1.0 §9).
    PrivateKeyJwt,
    /// By the certificate of its connection (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
    /// Not at all: a public client on a server, which a thief of a code can play.
    None,
}

/// What ties an authorization response to the request that asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tx {
    /// Compares `state` with the transaction's, so that no foreign response is taken (RFC 6749 §10.12).
    pub state: Switch,
    /// Compares the ID token's nonce with the transaction's (OpenID Connect Core 1.0 §3.1.3.7).
    pub nonce: Switch,
    /// Sends a PKCE challenge and proves it, so that a code works for its own sign-in alone (RFC 9700 §2.1.1).
    pub pkce: Switch,
    /// Compares the `iss` of the response with the provider's, against mix-up (RFC 9207 §2.4).
    pub iss: Switch,
    /// Finds the transaction by this browser's cookie; without it, by `state` alone, whichever browser brings it
    /// (OWASP ASVS 5.0.0 10.1.2).
    pub browser_bind: Switch,
    /// Answers the callback with a redirect always, so that no page is shown while a code stands in its address
    /// (RFC 9700 §4.2).
    pub redirect_always: Switch,
}

/// What a sign-in takes from its caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Returns to paths of this application only, against open redirects (OWASP ASVS 5.0.0 3.7.2).
    pub return_url: Switch,
    /// Passes on the parameters of a short list only; without it, whatever the link says reaches the provider
    /// (RFC 9126 §1).
    pub param_allowlist: Switch,
    /// Starts no sign-in that another site asks for, unless the user clicked on its link
    /// (W3C Fetch Metadata; OWASP ASVS 5.0.0 7.6.2).
    pub fetch_metadata: Hardening,
    /// Pushes the authorization request, so that nobody at the browser can change it
    /// (RFC 9126; FAPI 2.0 Security Profile §5.3.2.2).
    pub par: Hardening,
    /// Demands a fresh sign-in with a second factor before money moves (RFC 9470 §3; OWASP ASVS 5.0.0 7.5.3).
    pub step_up: Hardening,
}
