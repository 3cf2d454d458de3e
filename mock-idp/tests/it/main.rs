//! The provider as its clients, its users and its attackers meet it: through the router, with the run's clock.
#![expect(clippy::unwrap_used, reason = "clippy sees the tests' helpers outside of a test")]

mod agent;
mod back_channel;
mod bad_input;
mod certificate_bound;
mod client_auth;
mod concurrency;
mod consent;
mod cors;
mod dpop;
mod events;
mod fapi;
mod foreign;
mod front_channel;
mod hostile_bytes;
mod interaction;
mod lies;
mod password_grant;
mod pushed_requests;
mod refreshing;
mod resources;
mod response_modes;
mod session_management;
mod sign_in;
mod sign_out;
mod signing;
mod token_exchange;
mod tokens;
