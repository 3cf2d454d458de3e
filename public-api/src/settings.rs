//! What the API protects, one switch per protection; the default is the reference deployment.

mod access_token;
mod introspection;
mod live;
mod pages;
mod sender_constraint;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use access_token::{Credential, Format, KeySource};
pub use introspection::{CacheKey, Introspection};
pub use live::{Live, WsAuth};
pub use pages::Cors;
pub use sender_constraint::Dpop;

/// Whether a protection is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// The protection is there.
    #[default]
    On,
    /// The protection is taken away.
    Off,
}

impl Switch {
    /// Tells whether the protection is there.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Every switch of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// What access tokens look like: whether a token is worth something is asked, or read in the token itself
    /// (RFC 7662 §2.2, RFC 9068 §4).
    pub format: Format,
    /// Where a token may come from, against cross-site request forgery (RFC 6750 §2.1).
    pub credential: Credential,
    /// Refuses JWTs that do not say that they are access tokens, as ID and logout tokens do not (RFC 9068 §4).
    pub typ: Switch,
    /// Refuses JWTs that demand an extension, because none is understood here (RFC 7515 §4.1.11).
    pub crit: Switch,
    /// Takes JWTs of four asymmetric algorithms alone; without it, an unsigned token is taken too (RFC 8725 §3.1).
    pub alg: Switch,
    /// By which keys JWTs are verified, so that nobody signs for the issuer (RFC 8725 §3.10).
    pub key_source: KeySource,
    /// Asks for the issuer's keys once in 10 s at most, however many tokens name a key that nobody knows
    /// (OpenID Connect Core 1.0 §10.1.1).
    pub jwks_throttle: Switch,
    /// Refuses tokens of another issuer (RFC 9068 §4, RFC 9700 §4.4).
    pub iss: Switch,
    /// Refuses tokens that are meant for another API (RFC 9700 §2.3).
    pub aud: Switch,
    /// Refuses tokens that were not granted the scope of this API (RFC 6750 §3.1).
    pub scope: Switch,
    /// Refuses tokens after their end, before their beginning, and JWTs from the future (RFC 7519 §4.1.4 to §4.1.6).
    pub times: Switch,
    /// Refuses tokens that name no user, and those of a client on its own behalf, whose `sub` is its `client_id`
    /// (RFC 9068 §2.2); without it, a client called like a user is taken for that user (RFC 9068 §5).
    pub sub: Switch,
    /// Refuses JWTs that do not say to whom they were issued (RFC 9068 §2.2).
    pub client_id: Switch,
    /// Whether tokens are bound to a key of their holder, so that a copy of one is worth nothing (RFC 9449 §7).
    pub dpop: Dpop,
    /// Demands that a DPoP proof repeats a nonce of this API, against proofs made in advance (RFC 9449 §9).
    pub dpop_nonce: Switch,
    /// Bounds how long a nonce for DPoP proofs is taken, in seconds (RFC 9449 §11.2).
    pub dpop_nonce_life_s: u64,
    /// Takes a DPoP proof once (RFC 9449 §11.1).
    pub dpop_replay: Switch,
    /// Refuses a token that is bound to a certificate on a connection without that certificate (RFC 8705 §3).
    pub mtls: Switch,
    /// How the issuer is asked about reference tokens, and how its answers are kept.
    pub introspection: Introspection,
    /// Keeps other sites' pages from reading answers (OWASP ASVS 5.0.0 3.4.2).
    pub cors: Cors,
    /// How long a browser may remember that a page may call, in seconds; `0` asks before every call (Fetch §3.2.3).
    pub preflight_cache_s: u64,
    /// Keeps answers out of caches and frames, and from being read as anything but what they say they are
    /// (OWASP ASVS 5.0.0 V3.4).
    pub headers: Switch,
    /// How a WebSocket shows its token, because a browser sends no `Authorization` header with its handshake
    /// (RFC 9700 §4.3.2).
    pub ws_auth: WsAuth,
    /// Streams that outlive the request that opened them.
    pub live: Live,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            format: Format::Opaque,
            credential: Credential::Bearer,
            typ: Switch::On,
            crit: Switch::On,
            alg: Switch::On,
            key_source: KeySource::Issuer,
            jwks_throttle: Switch::On,
            iss: Switch::On,
            aud: Switch::On,
            scope: Switch::On,
            times: Switch::On,
            sub: Switch::On,
            client_id: Switch::On,
            dpop: Dpop::Off,
            dpop_nonce: Switch::On,
            dpop_nonce_life_s: 120,
            dpop_replay: Switch::On,
            mtls: Switch::On,
            introspection: Introspection::default(),
            cors: Cors::Exact,
            preflight_cache_s: 600,
            headers: Switch::On,
            ws_auth: WsAuth::FirstMessage,
            live: Live::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_change_leaves_the_rest_as_the_reference() {
        let changed: Settings =
            serde_json::from_str(r#"{"aud":"off","introspection":{"cache_key":"prefix"},"live":{"recheck_s":5}}"#)
                .unwrap();
        let introspection = Introspection { cache_key: CacheKey::Prefix, ..Introspection::default() };
        let live = Live { recheck_s: 5, ..Live::default() };
        assert_eq!(changed, Settings { aud: Switch::Off, introspection, live, ..Settings::default() });
    }

    #[test]
    fn refuses_an_unknown_key() {
        assert!(serde_json::from_str::<Settings>(r#"{"audience":"off"}"#).is_err());
        assert!(serde_json::from_str::<Settings>(r#"{"live":{"idle_s":1}}"#).is_err());
    }
}
