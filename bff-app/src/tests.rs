//! The router, asked as a browser or an attacker asks it; each switch off shows its defect.

pub(crate) mod agent;
mod cookie;
mod csp;
mod csrf;
mod lives;
mod logout;
mod observe;
mod oidc;
mod provider;
mod proxy;
mod replicas;
mod sessions;
mod sign_in;
mod streams;
mod switches;
