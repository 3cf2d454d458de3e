//! Metadata and keys: what a relying party reads before it trusts anything.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use mock_idp::{Lie, MetadataLie as L, Settings, Times};
use serde_json::{Value, json};

use super::{EVIL, arm, is_pending, lying, respond};
use crate::agent::{Agent, Answer, ISSUER};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What was answered, and what is answered afterwards.
struct Seen {
    answer: Answer,
    told: Value,
    honest: Value,
}

async fn see(lie: L, path: &str) -> Seen {
    let mut agent = lying(Lie::Metadata(lie), None);
    let answer = agent.get(path, &[]).await;
    let told = serde_json::from_str(&answer.text).unwrap_or_default();
    let honest = agent.get(path, &[]).await.json();
    Seen { answer, told, honest }
}

impl Seen {
    /// Tells whether this member alone differs from the truth, and how.
    fn says(&self, member: &str, value: &str) -> bool {
        let mut told = self.told.clone();
        let is_told = told[member] == value && told[member] != self.honest[member];
        told[member] = self.honest[member].clone();
        is_told && told == self.honest
    }

    fn keys(&self) -> &[Value] {
        self.told["keys"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn honest_keys(&self) -> &[Value] {
        self.honest["keys"].as_array().unwrap()
    }

    /// Tells whether the keys are the right ones but for a member that each lacks.
    fn lacks(&self, member: &str) -> bool {
        let mut honest = self.honest.clone();
        for key in honest["keys"].as_array_mut().unwrap() {
            key.as_object_mut().unwrap().remove(member);
        }
        self.told == honest && self.told != self.honest
    }

    fn kids(keys: &[Value]) -> HashSet<&str> {
        keys.iter().filter_map(|key| key["kid"].as_str()).collect()
    }

    fn is_redirected(&self) -> bool {
        let to = self.answer.header(header::LOCATION).unwrap_or_default();
        self.answer.status == StatusCode::FOUND && to.starts_with(EVIL)
    }

    fn is_page(&self) -> bool {
        self.answer.status == StatusCode::OK && self.answer.text.starts_with("<!doctype html>")
    }

    fn is_for_a_year(&self) -> bool {
        let kept = self.answer.header(header::CACHE_CONTROL).unwrap_or_default();
        kept.contains("max-age=31536000") && self.told == self.honest
    }
}

fn is_discovery_told(lie: L, seen: &Seen) -> bool {
    match lie {
        L::IssuerMismatch => seen.says("issuer", &format!("{ISSUER}/another-tenant")),
        L::IssuerTrailingSlash => seen.says("issuer", &format!("{ISSUER}/")),
        L::IssuerElsewhere => seen.says("issuer", EVIL),
        L::PkceNotAnnounced => seen.told.get("code_challenge_methods_supported").is_none(),
        L::NoneAnnounced => seen.told["id_token_signing_alg_values_supported"] == json!(["none"]),
        L::DiscoveryHtml => seen.is_page(),
        L::DiscoveryRedirected => seen.is_redirected(),
        L::DiscoveryCachedForAYear => seen.is_for_a_year(),
        _ => is_moved(lie, seen),
    }
}

/// The endpoints, by the beginning of the lies' names, with their members and paths.
const ENDPOINTS: [(&str, &str, &str); 7] = [
    ("authorization-endpoint", "authorization_endpoint", "authorize"),
    ("token-endpoint", "token_endpoint", "token"),
    ("userinfo-endpoint", "userinfo_endpoint", "userinfo"),
    ("jwks-uri", "jwks_uri", "jwks"),
    ("introspection-endpoint", "introspection_endpoint", "introspect"),
    ("revocation-endpoint", "revocation_endpoint", "revoke"),
    ("end-session-endpoint", "end_session_endpoint", "end_session"),
];

fn is_moved(lie: L, seen: &Seen) -> bool {
    let name = lie.name().strip_prefix("metadata.").unwrap();
    let Some((begin, member, path)) = ENDPOINTS.into_iter().find(|(begin, _, _)| name.starts_with(begin)) else {
        return false;
    };
    let there = match name.strip_prefix(begin).unwrap() {
        "-elsewhere" => format!("{EVIL}/{path}"),
        "-on-loopback" => format!("http://127.0.0.1:1/{path}"),
        "-at-cloud-metadata" => "http://169.254.169.254/latest/".to_owned(),
        "-over-plain-http" => format!("http://login.idp.test/{path}"),
        "-as-file" => "file:///etc/passwd".to_owned(),
        _ => return false,
    };
    seen.says(member, &there)
}

/// Tells whether a lie about the keys is told; nothing where it is about the metadata.
fn is_jwks_told(lie: L, seen: &Seen) -> Option<bool> {
    let (keys, honest) = (seen.keys(), seen.honest_keys());
    let kids = Seen::kids(keys);
    let honest_kids = Seen::kids(honest);
    Some(match lie {
        L::KeysSwapped => keys.len() == honest.len() && kids.is_disjoint(&honest_kids),
        L::KeysSwappedUnderTheirKid => kids == honest_kids && keys.iter().all(|key| !honest.contains(key)),
        L::KeysByTheThousand => kids.len() == 5_000 + honest.len() && keys.ends_with(honest),
        L::KidCollision => keys.len() == 2 * honest.len() && kids == honest_kids && keys[1] == honest[0],
        L::KidMissing => seen.lacks("kid"),
        L::UseMissing => seen.lacks("use"),
        L::AlgMissing => seen.lacks("alg"),
        L::PrivateKeyPublished => keys.iter().all(|key| key["d"].as_str().is_some_and(|d| d.len() == 43)),
        L::SymmetricKeyPublished => keys[0]["kty"] == "oct" && keys[1..] == *honest,
        L::JwksEmpty => seen.told == json!({"keys": []}),
        L::JwksHtml => seen.is_page(),
        L::JwksRedirected => seen.is_redirected(),
        L::JwksCachedForAYear => seen.is_for_a_year(),
        _ => return None,
    })
}

#[tokio::test]
async fn every_lie_is_told_once_and_nothing_else_is_wrong() {
    for lie in L::ALL.iter().filter(|lie| !ENDLESS.contains(lie)) {
        let told = match is_jwks_told(*lie, &see(*lie, "/jwks").await) {
            Some(told) => told,
            None => is_discovery_told(*lie, &see(*lie, DISCOVERY).await),
        };
        assert!(told, "{lie:?}");
    }
}

/// The lies whose answer does not end, or is too long to be read.
const ENDLESS: [L; 3] = [L::DiscoveryNever, L::JwksNever, L::JwksHuge];

#[tokio::test]
async fn what_never_ends_is_begun() {
    let fetch = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let agent = lying(Lie::Metadata(L::DiscoveryNever), None);
    assert!(is_pending(respond(&agent, fetch(DISCOVERY))).await);
    let agent = lying(Lie::Metadata(L::JwksNever), None);
    assert!(is_pending(respond(&agent, fetch("/jwks"))).await);
    let agent = lying(Lie::Metadata(L::JwksHuge), None);
    let huge = respond(&agent, fetch("/jwks")).await;
    assert_eq!(huge.headers().get(header::CONTENT_LENGTH), None);
    assert!(huge.into_body().frame().await.unwrap().unwrap().into_data().unwrap().iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn a_lie_about_the_keys_waits_until_they_are_fetched() {
    let mut agent = lying(Lie::Metadata(L::JwksEmpty), None);
    assert_eq!(agent.get(DISCOVERY, &[]).await.json()["issuer"], ISSUER);
    assert_eq!(agent.get("/jwks", &[]).await.json(), json!({"keys": []}));
    assert_ne!(agent.get("/jwks", &[]).await.json(), json!({"keys": []}));
}

#[tokio::test]
async fn every_fetch_shows_other_keys() {
    let mut agent = Agent::new(Settings::default());
    arm(&agent, Lie::Metadata(L::KeysSwappedUnderTheirKid), None, Times::UntilDisarmed);
    let (first, second) = (agent.get("/jwks", &[]).await.json(), agent.get("/jwks", &[]).await.json());
    assert_ne!(first, second);
    agent.control.disarm_all();
    assert_eq!(agent.get("/jwks", &[]).await.json(), agent.control.jwks());
}

#[tokio::test]
async fn a_published_secret_is_redacted() {
    let mut agent = lying(Lie::Metadata(L::PrivateKeyPublished), None);
    let jwks = agent.get("/jwks", &[]).await.json();
    let secret = jwks["keys"][0]["d"].as_str().unwrap();
    assert!(agent.handed.credentials.label(secret).is_some());
}
