//! A technical user's token, by its password, for APIs that know no other user.
//!
//! Forbidden by RFC 9700 §2.4, and here to show why: the API sees one user for all, and the password is a secret that
//! opens everything.

use http::StatusCode;

use super::{Behind, kept};
use crate::Inner;
use crate::downstream::Credential;
use crate::problem::Problem;

pub(super) async fn credential(bff: &Inner, behind: &Behind, refused: Option<&str>) -> Result<Credential, Problem> {
    let Some((name, password)) = &bff.config.technical_user else {
        return Err(Problem::fixed(StatusCode::BAD_GATEWAY, "downstream = password needs a technical user"));
    };
    let key = format!("technical user\n{}", behind.name);
    kept::token(bff, &key, refused, bff.oidc.password(name, password, behind.audience.as_str())).await
}
