//! Lies about who signed in: ID tokens that a relying party must refuse, each for one reason.
//!
//! Source: OpenID Connect Core 1.0 §3.1.3.7, RFC 7515 §5.2, RFC 8725 §2 and §3.

mod algorithm;
mod claims;
mod key;
mod shape;
mod times;

use std::sync::Arc;

use serde_json::Value;

use super::forgery;
use crate::issuer::Issuer;
use crate::keys::{SigningAlgorithm, SigningKey, Typ};

super::lies! {
    /// A lie about who signed in.
    IdTokenLie in "id-token" {
        /// The header says `none` and the signature is empty.
        AlgNone = "alg-none",
        /// The header says `None` and the signature is empty.
        AlgNoneCapitalised = "alg-none-capitalised",
        /// The header says `NONE` and the signature is empty.
        AlgNoneUpperCase = "alg-none-upper-case",
        /// The header says `nOnE` and the signature is empty.
        AlgNoneMixedCase = "alg-none-mixed-case",
        /// HS256, with the text of the published JWK as the secret.
        HmacWithJwk = "hmac-with-jwk",
        /// HS256, with the published key in PEM as the secret.
        HmacWithPem = "hmac-with-pem",
        /// HS256, with the published key in PEM and no line feed at its end as the secret.
        HmacWithPemUnended = "hmac-with-pem-unended",
        /// HS256, with the published key in DER as the secret.
        HmacWithDer = "hmac-with-der",
        /// HS256, with the base64url text of the published modulus or point as the secret.
        HmacWithNumber = "hmac-with-number",
        /// Signed by another key under the identifier of the published one.
        WrongKey = "wrong-key",
        /// Signed by a key that the header brings along in `jwk`.
        EmbeddedJwk = "embedded-jwk",
        /// Signed by a key that is to be fetched from the attacker's `jku`.
        Jku = "jku",
        /// Signed by a key whose certificate is to be fetched from the attacker's `x5u`.
        X5u = "x5u",
        /// Signed by a key whose self-made certificate the header brings along in `x5c`.
        X5c = "x5c",
        /// The key identifier is a path to an empty file, and HS256 with an empty secret is the signature.
        KidPathTraversal = "kid-path-traversal",
        /// The key identifier is SQL that selects the secret of the HS256 signature.
        KidSql = "kid-sql",
        /// Signed by a key that is not published, under its own identifier.
        KidUnknown = "kid-unknown",
        /// Signed by the right key, but the header names none.
        KidMissing = "kid-missing",
        /// Signed by the right key under the identifier of another published one.
        KidOfAnotherKey = "kid-of-another-key",
        /// The second half of the signature is not there.
        SignatureTruncated = "signature-truncated",
        /// The signature is empty, although the header names an algorithm.
        SignatureEmpty = "signature-empty",
        /// The signature is there twice, so that there are four parts.
        SignatureTwice = "signature-twice",
        /// The user was changed after signing.
        SignatureOfOtherClaims = "signature-of-other-claims",
        /// The header demands an extension that nobody knows in `crit`.
        CritUnknown = "crit-unknown",
        /// The header says that it is a logout token.
        TypLogout = "typ-logout",
        /// The header says that it is an access token.
        TypAccess = "typ-access",
        /// The issuer is the attacker.
        IssWrong = "iss-wrong",
        /// The token has no issuer.
        IssMissing = "iss-missing",
        /// The issuer has a slash too many at its end.
        IssTrailingSlash = "iss-trailing-slash",
        /// The same user identifier, of another issuer on the same host.
        SubOfAnotherIssuer = "sub-of-another-issuer",
        /// The audience is another client.
        AudWrong = "aud-wrong",
        /// The token has no audience.
        AudMissing = "aud-missing",
        /// The audience is no client at all: an empty array.
        AudEmpty = "aud-empty",
        /// The audience is the client and another one, and no `azp` says which of them asked.
        AudSeveral = "aud-several",
        /// The audience is the client and another one, and `azp` is the other one.
        AudSeveralAzpForeign = "aud-several-azp-foreign",
        /// The audience is right, but `azp` is another client.
        AzpWrong = "azp-wrong",
        /// The token names no user.
        SubMissing = "sub-missing",
        /// The user is an empty text.
        SubEmpty = "sub-empty",
        /// The user is an array.
        SubArray = "sub-array",
        /// The user is a number.
        SubNumber = "sub-number",
        /// The user is somebody else.
        SubWrong = "sub-wrong",
        /// The user is there twice: first the right one, then somebody else.
        SubTwice = "sub-twice",
        /// The nonce is there twice: first a wrong one, then the right one.
        NonceTwice = "nonce-twice",
        /// The issuer is there twice: first the attacker, then the right one.
        IssTwice = "iss-twice",
        /// The token has no nonce.
        NonceMissing = "nonce-missing",
        /// The nonce is not the one that was sent.
        NonceWrong = "nonce-wrong",
        /// The nonce is the one of an earlier sign-in.
        NonceReplayed = "nonce-replayed",
        /// The right nonce is in an array.
        NonceArray = "nonce-array",
        /// The token never expires: it has no `exp`.
        ExpMissing = "exp-missing",
        /// The token expired an hour ago.
        ExpPast = "exp-past",
        /// The token expires in the year 3e292: its `exp` is 1e300.
        ExpHuge = "exp-huge",
        /// The expiry is a text.
        ExpText = "exp-text",
        /// The token does not say when it was issued.
        IatMissing = "iat-missing",
        /// The token is issued a year from now.
        IatFuture = "iat-future",
        /// The token is not good before tomorrow.
        NbfFuture = "nbf-future",
        /// The user will sign in a year from now.
        AuthTimeFuture = "auth-time-future",
        /// The token does not say when the user signed in.
        AuthTimeMissing = "auth-time-missing",
        /// The user was not authenticated at all: the `acr` is 0.
        AcrZero = "acr-zero",
        /// The digest is not that of the access token.
        AtHashWrong = "at-hash-wrong",
        /// The token has no digest of the access token.
        AtHashMissing = "at-hash-missing",
        /// The token does not name the session.
        SidMissing = "sid-missing",
        /// The address of electronic mail is somebody else's, and nobody has verified it.
        EmailUnverified = "email-unverified",
        /// The address of electronic mail has two at signs.
        EmailSeveralAt = "email-several-at",
        /// The address of electronic mail is somebody else's, and `email_verified` is the text `true`.
        EmailVerifiedText = "email-verified-text",
        /// The user name is somebody else's.
        PreferredUsernameWrong = "preferred-username-wrong",
        /// The token is a sentence and no JWT.
        NotAJwt = "not-a-jwt",
        /// The token is an empty text.
        Empty = "empty",
        /// The token is properly signed and 200 kB long.
        Huge = "huge",
        /// The token looks encrypted, which nobody has asked for.
        Encrypted = "encrypted",
    }
}

/// What an honest provider would have signed, and with which key.
struct Truth<'a> {
    issuer: &'a Issuer,
    key: Arc<SigningKey>,
    claims: Value,
}

impl Truth<'_> {
    /// Returns the header of the honest token.
    fn header(&self) -> Value {
        forgery::header(self.key.algorithm.name(), Typ::Id.as_str(), &self.key.kid)
    }

    /// Signs the claims under another header.
    fn under(&self, header: &Value) -> String {
        self.key.sign_texts(&header.to_string(), &self.claims.to_string())
    }
}

/// Makes the token that says what the lie says, and otherwise the truth.
pub(crate) fn tell(issuer: &Issuer, lie: IdTokenLie, algorithm: SigningAlgorithm, claims: Value) -> String {
    let key = issuer.keys.signing(algorithm);
    let truth = Truth { issuer, key, claims };
    let told = algorithm::forge(&truth, lie)
        .or_else(|| key::forge(&truth, lie))
        .or_else(|| shape::forge(&truth, lie))
        .or_else(|| claims::forge(&truth, lie));
    told.expect("every lie is told by one of the files, as a test sees")
}
