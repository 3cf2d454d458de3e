//! The user's token, bound to the certificate of the connection on which it is presented: a copy of it is worth nothing
//! elsewhere (RFC 8705 §3).

use hosting::Outbound;
use http::StatusCode;

use super::relay;
use crate::downstream::Credential;
use crate::problem::Problem;
use crate::session::Found;
use crate::{Config, Inner};

/// Returns a way out that presents the certificate, where there is one.
pub(super) fn presenting(config: &Config, outbound: &Outbound) -> Outbound {
    config.client.certificate.as_ref().map_or_else(|| outbound.clone(), |identity| outbound.with_identity(identity))
}

pub(super) async fn credential(bff: &Inner, found: &Found, refused: Option<&str>) -> Result<Credential, Problem> {
    if bff.config.client.certificate.is_none() {
        return Err(Problem::fixed(StatusCode::BAD_GATEWAY, "downstream = certificate needs a certificate"));
    }
    relay::credential(bff, found, refused).await
}
