//! Lies about the provider itself: where its endpoints are, what it can do, which keys are its own.
//!
//! Source: OpenID Connect Discovery 1.0 §3 and §4.3, RFC 8414 §6.2, RFC 7517 §4 and §5.

mod keys;

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::forgery::EVIL;
use super::hostile_answer as hostile;
use crate::issuer::Issuer;

super::lies! {
    /// A lie about the provider itself.
    MetadataLie in "metadata" {
        /// The issuer is another one on the same host.
        IssuerMismatch = "issuer-mismatch",
        /// The issuer has a slash too many at its end.
        IssuerTrailingSlash = "issuer-trailing-slash",
        /// The issuer is the attacker.
        IssuerElsewhere = "issuer-elsewhere",
        /// The authorization endpoint is at the attacker's host.
        AuthorizationElsewhere = "authorization-endpoint-elsewhere",
        /// The authorization endpoint is on the loopback address of whoever reads this.
        AuthorizationOnLoopback = "authorization-endpoint-on-loopback",
        /// The authorization endpoint is the metadata service of a cloud.
        AuthorizationAtCloudMetadata = "authorization-endpoint-at-cloud-metadata",
        /// The authorization endpoint is on plain http.
        AuthorizationOverPlainHttp = "authorization-endpoint-over-plain-http",
        /// The authorization endpoint is a file of whoever reads this.
        AuthorizationAsFile = "authorization-endpoint-as-file",
        /// The token endpoint is at the attacker's host.
        TokenElsewhere = "token-endpoint-elsewhere",
        /// The token endpoint is on the loopback address of whoever reads this.
        TokenOnLoopback = "token-endpoint-on-loopback",
        /// The token endpoint is the metadata service of a cloud.
        TokenAtCloudMetadata = "token-endpoint-at-cloud-metadata",
        /// The token endpoint is on plain http.
        TokenOverPlainHttp = "token-endpoint-over-plain-http",
        /// The token endpoint is a file of whoever reads this.
        TokenAsFile = "token-endpoint-as-file",
        /// The userinfo endpoint is at the attacker's host.
        UserinfoElsewhere = "userinfo-endpoint-elsewhere",
        /// The userinfo endpoint is on the loopback address of whoever reads this.
        UserinfoOnLoopback = "userinfo-endpoint-on-loopback",
        /// The userinfo endpoint is the metadata service of a cloud.
        UserinfoAtCloudMetadata = "userinfo-endpoint-at-cloud-metadata",
        /// The userinfo endpoint is on plain http.
        UserinfoOverPlainHttp = "userinfo-endpoint-over-plain-http",
        /// The userinfo endpoint is a file of whoever reads this.
        UserinfoAsFile = "userinfo-endpoint-as-file",
        /// The JWK set is at the attacker's host.
        JwksElsewhere = "jwks-uri-elsewhere",
        /// The JWK set is on the loopback address of whoever reads this.
        JwksOnLoopback = "jwks-uri-on-loopback",
        /// The JWK set is the metadata service of a cloud.
        JwksAtCloudMetadata = "jwks-uri-at-cloud-metadata",
        /// The JWK set is on plain http.
        JwksOverPlainHttp = "jwks-uri-over-plain-http",
        /// The JWK set is a file of whoever reads this.
        JwksAsFile = "jwks-uri-as-file",
        /// The introspection endpoint is at the attacker's host.
        IntrospectionElsewhere = "introspection-endpoint-elsewhere",
        /// The introspection endpoint is on the loopback address of whoever reads this.
        IntrospectionOnLoopback = "introspection-endpoint-on-loopback",
        /// The introspection endpoint is the metadata service of a cloud.
        IntrospectionAtCloudMetadata = "introspection-endpoint-at-cloud-metadata",
        /// The introspection endpoint is on plain http.
        IntrospectionOverPlainHttp = "introspection-endpoint-over-plain-http",
        /// The introspection endpoint is a file of whoever reads this.
        IntrospectionAsFile = "introspection-endpoint-as-file",
        /// The revocation endpoint is at the attacker's host.
        RevocationElsewhere = "revocation-endpoint-elsewhere",
        /// The revocation endpoint is on the loopback address of whoever reads this.
        RevocationOnLoopback = "revocation-endpoint-on-loopback",
        /// The revocation endpoint is the metadata service of a cloud.
        RevocationAtCloudMetadata = "revocation-endpoint-at-cloud-metadata",
        /// The revocation endpoint is on plain http.
        RevocationOverPlainHttp = "revocation-endpoint-over-plain-http",
        /// The revocation endpoint is a file of whoever reads this.
        RevocationAsFile = "revocation-endpoint-as-file",
        /// The sign-out endpoint is at the attacker's host.
        EndSessionElsewhere = "end-session-endpoint-elsewhere",
        /// The sign-out endpoint is on the loopback address of whoever reads this.
        EndSessionOnLoopback = "end-session-endpoint-on-loopback",
        /// The sign-out endpoint is the metadata service of a cloud.
        EndSessionAtCloudMetadata = "end-session-endpoint-at-cloud-metadata",
        /// The sign-out endpoint is on plain http.
        EndSessionOverPlainHttp = "end-session-endpoint-over-plain-http",
        /// The sign-out endpoint is a file of whoever reads this.
        EndSessionAsFile = "end-session-endpoint-as-file",
        /// The metadata does not say that PKCE is supported.
        PkceNotAnnounced = "pkce-not-announced",
        /// The metadata says that ID tokens are unsigned: `none`.
        NoneAnnounced = "none-announced",
        /// The metadata is a page.
        DiscoveryHtml = "discovery-html",
        /// The metadata is at the attacker's: 302.
        DiscoveryRedirected = "discovery-redirected",
        /// The metadata may be kept for a year.
        DiscoveryCachedForAYear = "discovery-cached-for-a-year",
        /// The metadata is never answered.
        DiscoveryNever = "discovery-never",
        /// Every fetch shows other keys, none of which has ever signed anything.
        KeysSwapped = "keys-swapped",
        /// Every fetch shows other keys under the identifiers of the right ones.
        KeysSwappedUnderTheirKid = "keys-swapped-under-their-kid",
        /// There are 5 000 keys more, and the right ones come last.
        KeysByTheThousand = "keys-by-the-thousand",
        /// Before each key there is another one with the same identifier.
        KidCollision = "kid-collision",
        /// No key has an identifier.
        KidMissing = "kid-missing",
        /// No key says what it is used for.
        UseMissing = "use-missing",
        /// No key says which algorithm it is for.
        AlgMissing = "alg-missing",
        /// Each key has a private member: `d`.
        PrivateKeyPublished = "private-key-published",
        /// There is a symmetric key: `oct`.
        SymmetricKeyPublished = "symmetric-key-published",
        /// The set of keys is empty.
        JwksEmpty = "jwks-empty",
        /// The set of keys is a page.
        JwksHtml = "jwks-html",
        /// The set of keys is at the attacker's: 302.
        JwksRedirected = "jwks-redirected",
        /// The set of keys comes after 100 MiB of white space.
        JwksHuge = "jwks-huge",
        /// The set of keys may be kept for a year.
        JwksCachedForAYear = "jwks-cached-for-a-year",
        /// The set of keys is never answered.
        JwksNever = "jwks-never",
    }
}

use MetadataLie as Lie;

impl MetadataLie {
    /// Tells whether the lie is told where the keys are fetched, and not where the metadata is.
    pub(crate) fn is_about_jwks(self) -> bool {
        matches!(
            self,
            Self::KeysSwapped
                | Self::KeysSwappedUnderTheirKid
                | Self::KeysByTheThousand
                | Self::KidCollision
                | Self::KidMissing
                | Self::UseMissing
                | Self::AlgMissing
                | Self::PrivateKeyPublished
                | Self::SymmetricKeyPublished
                | Self::JwksEmpty
                | Self::JwksHtml
                | Self::JwksRedirected
                | Self::JwksHuge
                | Self::JwksCachedForAYear
                | Self::JwksNever
        )
    }
}

/// Answers what the lie says instead of the metadata.
pub(crate) async fn discovery(lie: Lie, mut document: Value) -> Response {
    match lie {
        Lie::DiscoveryHtml => return hostile::html(),
        Lie::DiscoveryRedirected => {
            let to = format!("{EVIL}/.well-known/openid-configuration");
            return hostile::redirect(StatusCode::FOUND, &to);
        }
        Lie::DiscoveryCachedForAYear => return for_a_year(&document),
        Lie::DiscoveryNever => return hostile::never().await,
        _ => {}
    }
    let own = document["issuer"].as_str().unwrap_or_default().to_owned();
    match lie {
        Lie::IssuerMismatch => document["issuer"] = json!(format!("{own}/another-tenant")),
        Lie::IssuerTrailingSlash => document["issuer"] = json!(format!("{own}/")),
        Lie::IssuerElsewhere => document["issuer"] = json!(EVIL),
        Lie::NoneAnnounced => document["id_token_signing_alg_values_supported"] = json!(["none"]),
        Lie::PkceNotAnnounced => {
            if let Some(members) = document.as_object_mut() {
                members.remove("code_challenge_methods_supported");
            }
        }
        _ => {
            if let Some((member, place)) = moved(lie) {
                document[member] = json!(place.of(document[member].as_str().unwrap_or_default()));
            }
        }
    }
    hostile::json(&document)
}

/// Answers what the lie says instead of the keys.
pub(crate) async fn jwks(issuer: &Issuer, lie: Lie, mut jwks: Value) -> Response {
    match lie {
        Lie::JwksHtml => hostile::html(),
        Lie::JwksRedirected => hostile::redirect(StatusCode::FOUND, &format!("{EVIL}/jwks")),
        Lie::JwksHuge => hostile::huge(&jwks),
        Lie::JwksCachedForAYear => for_a_year(&jwks),
        Lie::JwksNever => hostile::never().await,
        _ => {
            if let Some(keys) = jwks["keys"].as_array_mut() {
                keys::change(issuer, lie, keys);
            }
            hostile::json(&jwks)
        }
    }
}

/// Answers what must be fetched again and again as if it never changed.
fn for_a_year(document: &Value) -> Response {
    let mut response = hostile::json(document);
    let value = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

/// Where an endpoint is said to be.
#[derive(Clone, Copy)]
enum Place {
    Elsewhere,
    Loopback,
    CloudMetadata,
    PlainHttp,
    File,
}

impl Place {
    /// Returns the address there of an endpoint that is really here.
    fn of(self, here: &str) -> String {
        let (_, rest) = here.split_once("://").unwrap_or_default();
        let path = rest.split_once('/').unwrap_or_default().1;
        match self {
            Self::Elsewhere => format!("{EVIL}/{path}"),
            // Nobody listens on port 1: that somebody tried is what is looked for.
            Self::Loopback => format!("http://127.0.0.1:1/{path}"),
            Self::CloudMetadata => "http://169.254.169.254/latest/".to_owned(),
            Self::PlainHttp => format!("http://{rest}"),
            Self::File => "file:///etc/passwd".to_owned(),
        }
    }
}

/// Returns which member of the metadata the lie moves, and where to.
fn moved(lie: Lie) -> Option<(&'static str, Place)> {
    let moved = match lie {
        Lie::AuthorizationElsewhere => ("authorization_endpoint", Place::Elsewhere),
        Lie::AuthorizationOnLoopback => ("authorization_endpoint", Place::Loopback),
        Lie::AuthorizationAtCloudMetadata => ("authorization_endpoint", Place::CloudMetadata),
        Lie::AuthorizationOverPlainHttp => ("authorization_endpoint", Place::PlainHttp),
        Lie::AuthorizationAsFile => ("authorization_endpoint", Place::File),
        Lie::TokenElsewhere => ("token_endpoint", Place::Elsewhere),
        Lie::TokenOnLoopback => ("token_endpoint", Place::Loopback),
        Lie::TokenAtCloudMetadata => ("token_endpoint", Place::CloudMetadata),
        Lie::TokenOverPlainHttp => ("token_endpoint", Place::PlainHttp),
        Lie::TokenAsFile => ("token_endpoint", Place::File),
        Lie::UserinfoElsewhere => ("userinfo_endpoint", Place::Elsewhere),
        Lie::UserinfoOnLoopback => ("userinfo_endpoint", Place::Loopback),
        Lie::UserinfoAtCloudMetadata => ("userinfo_endpoint", Place::CloudMetadata),
        Lie::UserinfoOverPlainHttp => ("userinfo_endpoint", Place::PlainHttp),
        Lie::UserinfoAsFile => ("userinfo_endpoint", Place::File),
        Lie::JwksElsewhere => ("jwks_uri", Place::Elsewhere),
        Lie::JwksOnLoopback => ("jwks_uri", Place::Loopback),
        Lie::JwksAtCloudMetadata => ("jwks_uri", Place::CloudMetadata),
        Lie::JwksOverPlainHttp => ("jwks_uri", Place::PlainHttp),
        Lie::JwksAsFile => ("jwks_uri", Place::File),
        Lie::IntrospectionElsewhere => ("introspection_endpoint", Place::Elsewhere),
        Lie::IntrospectionOnLoopback => ("introspection_endpoint", Place::Loopback),
        Lie::IntrospectionAtCloudMetadata => ("introspection_endpoint", Place::CloudMetadata),
        Lie::IntrospectionOverPlainHttp => ("introspection_endpoint", Place::PlainHttp),
        Lie::IntrospectionAsFile => ("introspection_endpoint", Place::File),
        Lie::RevocationElsewhere => ("revocation_endpoint", Place::Elsewhere),
        Lie::RevocationOnLoopback => ("revocation_endpoint", Place::Loopback),
        Lie::RevocationAtCloudMetadata => ("revocation_endpoint", Place::CloudMetadata),
        Lie::RevocationOverPlainHttp => ("revocation_endpoint", Place::PlainHttp),
        Lie::RevocationAsFile => ("revocation_endpoint", Place::File),
        Lie::EndSessionElsewhere => ("end_session_endpoint", Place::Elsewhere),
        Lie::EndSessionOnLoopback => ("end_session_endpoint", Place::Loopback),
        Lie::EndSessionAtCloudMetadata => ("end_session_endpoint", Place::CloudMetadata),
        Lie::EndSessionOverPlainHttp => ("end_session_endpoint", Place::PlainHttp),
        Lie::EndSessionAsFile => ("end_session_endpoint", Place::File),
        _ => return None,
    };
    Some(moved)
}
