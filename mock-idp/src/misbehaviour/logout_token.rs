//! Lies about the end of a session, told to the application: logout tokens that it must refuse, and deliveries that go
//! wrong.
//!
//! Source: OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8.

mod claims;

use hosting::Kind;
use url::form_urlencoded::Serializer;

use super::forgery::{self, public_key};
use crate::issuer::Issuer;
use crate::keys::{SigningKey, Typ};
use crate::logout::{Delivery, Truth};

/// How long a logout token is held back, in seconds; it lives for 120.
const HELD_BACK_S: u64 = 110;

super::lies! {
    /// A lie about the end of a session, told to the application.
    LogoutTokenLie in "logout-token" {
        /// The header says `none` and the signature is empty.
        AlgNone = "alg-none",
        /// HS256, with the published key in PEM as the secret.
        HmacWithPem = "hmac-with-pem",
        /// Signed by another key under the identifier of the published one.
        WrongKey = "wrong-key",
        /// The header says that it is an access token.
        WrongTyp = "wrong-typ",
        /// An ID token of the session, as an application gets it at sign-in.
        IdToken = "id-token",
        /// The token looks encrypted, which nobody has asked for.
        Encrypted = "encrypted",
        /// The token is a sentence and no JWT.
        Garbage = "garbage",
        /// The token is there twice in one form.
        ParameterTwice = "parameter-twice",
        /// The form has the token under another name.
        ParameterMissing = "parameter-missing",
        /// The audience is a client that does not exist.
        AudWrong = "aud-wrong",
        /// The token is for another client.
        OfAnotherClient = "of-another-client",
        /// The issuer is the attacker.
        IssWrong = "iss-wrong",
        /// The token says nothing of what has happened.
        EventsMissing = "events-missing",
        /// Something else has happened: an account was disabled.
        EventWrong = "event-wrong",
        /// What has happened is in an array.
        EventsArray = "events-array",
        /// The token has a nonce, which no logout token may have.
        NoncePresent = "nonce-present",
        /// The token does not say when it was issued.
        IatMissing = "iat-missing",
        /// The token is issued a year from now.
        IatFuture = "iat-future",
        /// The token expired ten minutes ago.
        Expired = "expired",
        /// The token was issued 110 s ago and is still good.
        Late = "late",
        /// The token has no identifier of its own.
        JtiMissing = "jti-missing",
        /// The user is somebody else, the session is right.
        SubWrong = "sub-wrong",
        /// The session is one that nobody has, the user is right.
        SidWrong = "sid-wrong",
        /// The token names neither the user nor the session.
        SubAndSidMissing = "sub-and-sid-missing",
        /// The token names the user alone.
        SubOnly = "sub-only",
        /// The token names the session alone.
        SidOnly = "sid-only",
        /// The same token is delivered again.
        Replayed = "replayed",
        /// The same token is delivered three times, as if each answer had been lost.
        DeliveredThreeTimes = "delivered-three-times",
        /// The token is delivered 110 s after the session has ended.
        HeldBack = "held-back",
        /// The token is delivered before the application has the tokens of the session that it ends.
        BeforeSignIn = "before-sign-in",
        /// The token is not delivered at all.
        Lost = "lost",
        /// The token reaches the application's first address alone, and none of its other replicas.
        OneReplica = "one-replica",
    }
}

use LogoutTokenLie as Lie;

impl LogoutTokenLie {
    /// Tells whether the lie is told when a session begins, and not when it ends.
    pub(crate) fn comes_before_sign_in(self) -> bool {
        self == Self::BeforeSignIn
    }

    /// Tells whether one address of the application is told, however many replicas it has.
    pub(crate) fn reaches_one_address(self) -> bool {
        self == Self::OneReplica
    }
}

/// Returns what is delivered instead of one honest logout token, to its address.
pub(crate) fn tell(issuer: &Issuer, lie: Lie, truth: Truth) -> Vec<Delivery> {
    let forged = match lie {
        Lie::Lost => return Vec::new(),
        Lie::Encrypted => forgery::encrypted(),
        Lie::Garbage => "this is not a token".to_owned(),
        _ => match claims::changed(issuer, lie, &truth) {
            Some(claims) => issuer.keys.sign(truth.algorithm, Typ::Logout, &claims),
            None => signed_otherwise(issuer, lie, &truth),
        },
    };
    issuer.handed.credentials.mint(Kind::LogoutToken, &forged);
    let body = match lie {
        Lie::ParameterTwice => form(&[("logout_token", &forged), ("logout_token", &forged)]),
        Lie::ParameterMissing => form(&[("token", &forged)]),
        _ => form(&[("logout_token", &forged)]),
    };
    let after_s = if lie == Lie::HeldBack { HELD_BACK_S } else { 0 };
    let times = match lie {
        Lie::Replayed => 2,
        Lie::DeliveredThreeTimes => 3,
        _ => 1,
    };
    vec![Delivery { body, uri: truth.uri, after_s }; times]
}

/// Signs the truth as a logout token must not be signed; where the lie is about the delivery alone, as it must.
fn signed_otherwise(issuer: &Issuer, lie: Lie, truth: &Truth) -> String {
    let key = issuer.keys.signing(truth.algorithm);
    let typ = Typ::Logout.as_str();
    let header = |alg: &str| forgery::header(alg, typ, &key.kid);
    match lie {
        Lie::AlgNone => forgery::unsigned(&header("none"), &truth.claims),
        Lie::HmacWithPem => {
            forgery::signed_with_secret(public_key::pem(key.jwk()).as_bytes(), &header("HS256"), &truth.claims)
        }
        Lie::WrongKey => {
            let header = header(key.algorithm.name()).to_string();
            SigningKey::generate(key.algorithm).sign_texts(&header, &truth.claims.to_string())
        }
        Lie::WrongTyp => key.sign(Typ::Access, &truth.claims),
        Lie::IdToken => key.sign(Typ::Id, &claims::of_an_id_token(issuer, truth)),
        _ => key.sign(Typ::Logout, &truth.claims),
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}
