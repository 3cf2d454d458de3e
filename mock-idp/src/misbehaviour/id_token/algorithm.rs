//! Algorithms that prove nothing: `none`, and the public key as a shared secret (RFC 8725 §2.1 and §3.1).

use super::{IdTokenLie as Lie, Truth};
use crate::keys::Typ;
use crate::misbehaviour::forgery::{self, public_key};

/// Makes the token of a lie about the algorithm.
pub(super) fn forge(truth: &Truth<'_>, lie: Lie) -> Option<String> {
    let jwk = truth.key.jwk();
    match lie {
        Lie::AlgNone => Some(unsigned(truth, "none")),
        Lie::AlgNoneCapitalised => Some(unsigned(truth, "None")),
        Lie::AlgNoneUpperCase => Some(unsigned(truth, "NONE")),
        Lie::AlgNoneMixedCase => Some(unsigned(truth, "nOnE")),
        Lie::HmacWithJwk => Some(with_secret(truth, jwk.to_string().as_bytes())),
        Lie::HmacWithPem => Some(with_secret(truth, public_key::pem(jwk).as_bytes())),
        Lie::HmacWithPemUnended => Some(with_secret(truth, public_key::pem(jwk).trim_ascii_end().as_bytes())),
        Lie::HmacWithDer => Some(with_secret(truth, &public_key::der(jwk))),
        Lie::HmacWithNumber => Some(with_secret(truth, public_key::number(jwk).as_bytes())),
        _ => None,
    }
}

fn unsigned(truth: &Truth<'_>, alg: &str) -> String {
    forgery::unsigned(&forgery::header(alg, Typ::Id.as_str(), &truth.key.kid), &truth.claims)
}

fn with_secret(truth: &Truth<'_>, secret: &[u8]) -> String {
    let header = forgery::header("HS256", Typ::Id.as_str(), &truth.key.kid);
    forgery::signed_with_secret(secret, &header, &truth.claims)
}
