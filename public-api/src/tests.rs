//! Asks the router, with a provider that says of tokens what their names say.

mod bad_input;
mod calls;
mod certificates;
mod dpop;
mod feed;
mod forged;
mod introspection;
mod jwt;
mod pages;
mod play;
pub(crate) mod signer;
mod sockets;
mod switches;
mod two_apis;
