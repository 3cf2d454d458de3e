//! The provider as its clients, its users and its attackers meet it: through the router, with the run's clock.
#![expect(clippy::unwrap_used, reason = "clippy sees the tests' helpers outside of a test")]

mod agent;
mod back_channel;
mod foreign;
mod lies;
mod refreshing;
mod sign_in;
mod sign_out;
mod tokens;
