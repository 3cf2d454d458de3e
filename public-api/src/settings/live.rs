//! Streams that outlive the request that opened them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Switch;

/// How a WebSocket shows its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WsAuth {
    /// In its first message, within 5 s; no address and no log sees it.
    #[default]
    FirstMessage,
    /// In the address, `?access_token=`, which logs and histories keep: a mistake (RFC 9700 §4.3.2).
    Query,
    /// As the second of two subprotocols, `bearer, <token>`; logs of headers may keep it.
    Subprotocol,
    /// By a ticket in the address that `POST /live/ticket` gives for the token; it works once, within 30 s.
    ///
    /// A token that is bound to a certificate needs it again when the ticket is used. One that is bound to a DPoP key
    /// has proven it when the ticket was given: the ticket itself is bound to no key, as no page can prove one in a
    /// handshake.
    Ticket,
}

/// Streams that outlive the request that opened them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Live {
    /// Ends a stream when its token ends; without it, it goes on with its connection (OWASP ASVS 5.0.0 7.4.1).
    pub recheck: Switch,
    /// How often the issuer is asked whether the reference token of an open stream is still good, in seconds
    /// (OWASP ASVS 5.0.0 7.4.1).
    pub recheck_s: u64,
    /// Opens WebSockets for pages on the list alone (RFC 6455 §10.2, OWASP WSTG CLNT-10).
    pub origin: Switch,
}

impl Default for Live {
    fn default() -> Self {
        Self { recheck: Switch::On, recheck_s: 1, origin: Switch::On }
    }
}
