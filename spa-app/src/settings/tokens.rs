//! Where tokens are kept, how they are renewed, and how they are shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the page keeps its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// In the page's memory, behind a closure; a reload loses them (RFC 10017 §8.4).
    #[default]
    Memory,
    /// In `sessionStorage`, which every script of the origin reads in this tab, and a tab that is restored after a crash.
    SessionStorage,
    /// In `localStorage`, which every script of the origin reads in every tab, and the disk until the sign-out.
    LocalStorage,
    /// In a dedicated worker that fetches them and calls the API itself, so that no script of the page sees them (RFC 10017 §8.3).
    Worker,
}

/// How the page keeps the access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// It is sent in a header that no browser adds by itself.
    #[default]
    Memory,
    /// In a cookie for the parent domain that the API accepts: the mistake that brings CSRF back. Not with `store = worker`.
    Cookie,
}

/// How an access token that ends is followed by another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Renewal {
    /// By a refresh token that works once (RFC 9700 §4.14.2).
    #[default]
    RefreshToken,
    /// By a sign-in without a prompt in a hidden frame, which needs cookies in a frame of another site. There is no refresh token.
    HiddenFrame,
}

/// How the live feed is told whose it is; a browser sends no header of ours with a WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WsAuth {
    /// By the access token as the first message.
    #[default]
    FirstMessage,
    /// By the access token in the address, where logs keep it: the usual mistake.
    Query,
    /// By the access token as a subprotocol, where the logs of some proxies keep it.
    Subprotocol,
    /// By a ticket that the API hands out for the token, and takes once.
    Ticket,
}
