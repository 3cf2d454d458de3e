//! ID tokens: what is wrong with each, and that nothing else is.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mock_idp::{IdTokenLie as L, Lie, Settings, Times};
use serde_json::{Value, json};

use super::{EVIL, arm, header, part};
use crate::agent::{Agent, ISSUER, Tokens, claims};

/// The nonce of the sign-in before the lie.
const EARLIER: &str = "an-earlier-nonce";

/// A forged token, and what there is to hold it against.
struct Seen {
    token: String,
    header: Value,
    claims: Value,
    /// The claims as they are written.
    payload: String,
    /// The claims of the honest token after it.
    honest: Value,
    /// The key that signs honest tokens.
    jwk: Value,
    /// Every published key, after the lie.
    jwks: Value,
}

impl Seen {
    fn alg(&self) -> &str {
        self.header["alg"].as_str().unwrap_or_default()
    }

    fn kid(&self) -> &str {
        self.header["kid"].as_str().unwrap_or_default()
    }

    /// Tells whether the honest key has signed the token.
    fn is_signed(&self) -> bool {
        verifies(&point(&self.jwk), &self.token)
    }

    fn is_unsigned(&self, alg: &str) -> bool {
        self.alg() == alg && self.token.ends_with('.') && self.claims == self.as_honest()
    }

    fn is_signed_with_secret(&self, secret: &[u8]) -> bool {
        let (signed, signature) = self.token.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        self.alg() == "HS256" && hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    }

    fn is_published(&self, kid: &str) -> bool {
        self.jwks["keys"].as_array().unwrap().iter().any(|key| key["kid"] == kid)
    }

    /// The claims that an honest token of this moment has.
    fn as_honest(&self) -> Value {
        let mut honest = self.honest.clone();
        for name in ["iat", "exp", "at_hash"] {
            honest[name] = self.claims[name].clone();
        }
        honest
    }

    /// Tells whether the token is properly signed, and differs from an honest one in these claims alone.
    fn differs_in(&self, names: &[&str]) -> bool {
        let (told, honest) = (self.claims.as_object().unwrap(), self.honest.as_object().unwrap());
        let all = told.keys().chain(honest.keys());
        // These two belong to the access token and to the moment.
        let differing = |name: &&String| told.get(*name) != honest.get(*name);
        let ignored = |name: &str| ["at_hash", "iat", "exp"].contains(&name);
        let mut differing = all.filter(differing).map(String::as_str);
        self.is_signed() && differing.all(|name| names.contains(&name) || ignored(name))
    }

    fn lacks(&self, name: &str) -> bool {
        self.differs_in(&[name]) && self.claims.get(name).is_none() && self.honest.get(name).is_some()
    }

    fn says(&self, name: &str, value: &Value) -> bool {
        self.differs_in(&[name]) && self.claims[name] == *value
    }

    fn says_twice(&self, name: &str) -> bool {
        self.is_signed() && self.payload.matches(&format!("\"{name}\":")).count() == 2
    }

    fn seconds(&self, name: &str) -> u64 {
        self.claims[name].as_u64().unwrap()
    }
}

/// Signs in honestly, then with the lie, then honestly again.
async fn see(lie: L) -> Seen {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[("nonce", EARLIER)]).await;
    let code = agent.fill_in(&form, "alice").await.parameter("code").unwrap();
    agent.redeem("bff", &code).await;
    arm(&agent, Lie::IdToken(lie), Some("bff"), Times::Once);
    let code = agent.code("bff").await;
    let token = Tokens::of(&agent.redeem("bff", &code).await).id;
    let honest = agent.sign_in("bff").await.id;
    let jwks = agent.get("/jwks", &[]).await.json();
    let kid = header(&honest)["kid"].clone();
    let jwk = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap().clone();
    assert!(verifies(&point(&jwk), &honest), "{lie:?} is told once");
    let payload = String::from_utf8(part(&token, 1)).unwrap_or_default();
    let told = serde_json::from_str(&payload).unwrap_or_default();
    Seen { header: header(&token), claims: told, payload, honest: claims(&honest), jwk, jwks, token }
}

fn member(jwk: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
}

fn point(jwk: &Value) -> Vec<u8> {
    [vec![4], member(jwk, "x"), member(jwk, "y")].concat()
}

fn verifies(point: &[u8], token: &str) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &signature).is_ok()
}

/// RFC 5480 §2: everything of a P-256 key in DER but its point.
const BEFORE_POINT: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn der(jwk: &Value) -> Vec<u8> {
    [BEFORE_POINT.to_vec(), point(jwk)].concat()
}

fn pem(jwk: &Value) -> String {
    let encoded = STANDARD.encode(der(jwk));
    let (first, second) = encoded.split_at(64);
    format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
}

/// Returns the point in a certificate.
fn certified(x5c: &Value) -> Vec<u8> {
    let certificate = STANDARD.decode(x5c[0].as_str().unwrap()).unwrap();
    let place = certificate.windows(26).position(|window| window == BEFORE_POINT).unwrap() + 26;
    certificate[place..place + 65].to_vec()
}

/// Tells whether the lie about the header or the signature is told; nothing where it is about something else.
fn is_forged(lie: L, seen: &Seen) -> Option<bool> {
    let foreign = !seen.is_signed();
    Some(match lie {
        L::AlgNone => seen.is_unsigned("none"),
        L::AlgNoneCapitalised => seen.is_unsigned("None"),
        L::AlgNoneUpperCase => seen.is_unsigned("NONE"),
        L::AlgNoneMixedCase => seen.is_unsigned("nOnE"),
        L::HmacWithJwk => seen.is_signed_with_secret(seen.jwk.to_string().as_bytes()),
        L::HmacWithPem => seen.is_signed_with_secret(pem(&seen.jwk).as_bytes()),
        L::HmacWithPemUnended => seen.is_signed_with_secret(pem(&seen.jwk).trim_end().as_bytes()),
        L::HmacWithDer => seen.is_signed_with_secret(&der(&seen.jwk)),
        L::HmacWithNumber => seen.is_signed_with_secret(URL_SAFE_NO_PAD.encode(point(&seen.jwk)).as_bytes()),
        L::WrongKey => foreign && seen.jwk["kid"] == seen.kid() && seen.alg() == "ES256",
        L::EmbeddedJwk => foreign && verifies(&point(&seen.header["jwk"]), &seen.token),
        L::Jku => foreign && seen.header["jku"].as_str().unwrap().starts_with(EVIL),
        L::X5u => foreign && seen.header["x5u"].as_str().unwrap().starts_with(EVIL),
        L::X5c => foreign && verifies(&certified(&seen.header["x5c"]), &seen.token),
        L::KidPathTraversal => seen.kid().ends_with("/../dev/null") && seen.is_signed_with_secret(b""),
        L::KidSql => seen.kid().contains("SELECT 'secret'") && seen.is_signed_with_secret(b"secret"),
        L::KidUnknown => foreign && !seen.is_published(seen.kid()),
        L::KidMissing => seen.is_signed() && seen.header.get("kid").is_none(),
        L::KidOfAnotherKey => seen.is_signed() && seen.jwk["kid"] != seen.kid() && seen.is_published(seen.kid()),
        // 43 of 86 characters.
        L::SignatureTruncated => foreign && seen.token.rsplit('.').next().map(str::len) == Some(43),
        L::SignatureEmpty => seen.alg() == "ES256" && seen.token.ends_with('.'),
        L::SignatureTwice => seen.token.split('.').count() == 4,
        L::SignatureOfOtherClaims => foreign && seen.claims["sub"] == "sub-bob" && part(&seen.token, 2).len() == 64,
        L::CritUnknown => seen.is_signed() && seen.header["crit"][0] == "urn:versus:unknown",
        L::TypLogout => seen.is_signed() && seen.header["typ"] == "logout+jwt",
        L::TypAccess => seen.is_signed() && seen.header["typ"] == "at+jwt",
        L::NotAJwt => !seen.token.contains('.'),
        L::Empty => seen.token.is_empty(),
        L::Huge => seen.is_signed() && seen.token.len() > 200_000,
        L::Encrypted => seen.token.split('.').count() == 5 && seen.header["enc"] == "A256GCM",
        _ => return None,
    })
}

/// Tells whether the lie about who, for whom and by whom is told; nothing where it is about something else.
fn is_misnamed(lie: L, seen: &Seen) -> Option<bool> {
    Some(match lie {
        L::IssWrong => seen.says("iss", &json!(EVIL)),
        L::IssMissing => seen.lacks("iss"),
        L::IssTrailingSlash => seen.says("iss", &json!(format!("{ISSUER}/"))),
        L::SubOfAnotherIssuer => seen.says("iss", &json!(format!("{ISSUER}/another-tenant"))),
        L::AudWrong => seen.differs_in(&["aud"]) && is_foreign(&seen.claims["aud"]),
        L::AudMissing => seen.lacks("aud"),
        L::AudEmpty => seen.says("aud", &json!([])),
        L::AudSeveral => {
            seen.differs_in(&["aud"]) && seen.claims["aud"][0] == "bff" && is_foreign(&seen.claims["aud"][1])
        }
        L::AudSeveralAzpForeign => {
            let (aud, azp) = (&seen.claims["aud"], &seen.claims["azp"]);
            seen.differs_in(&["aud", "azp"]) && aud[0] == "bff" && aud[1] == *azp && is_foreign(azp)
        }
        L::AzpWrong => seen.differs_in(&["azp"]) && is_foreign(&seen.claims["azp"]),
        L::SubMissing => seen.lacks("sub"),
        L::SubEmpty => seen.says("sub", &json!("")),
        L::SubArray => seen.says("sub", &json!(["sub-alice"])),
        L::SubNumber => seen.says("sub", &json!(1)),
        L::SubWrong => seen.says("sub", &json!("sub-bob")),
        L::SubTwice => seen.says_twice("sub") && seen.claims["sub"] == "sub-bob",
        L::NonceTwice => seen.says_twice("nonce") && seen.claims["nonce"] == "the-nonce",
        L::IssTwice => seen.says_twice("iss") && seen.claims["iss"] == ISSUER,
        L::EmailUnverified => {
            let claims = &seen.claims;
            seen.differs_in(&["email", "email_verified"]) && of_bob(claims) && claims["email_verified"] == false
        }
        L::EmailVerifiedText => {
            let claims = &seen.claims;
            seen.differs_in(&["email", "email_verified"]) && of_bob(claims) && claims["email_verified"] == "true"
        }
        L::EmailSeveralAt => seen.claims["email"].as_str().unwrap().matches('@').count() == 2,
        L::PreferredUsernameWrong => seen.says("preferred_username", &json!("bob")),
        _ => return None,
    })
}

/// Tells whether this is another client.
fn is_foreign(client_id: &Value) -> bool {
    client_id.is_string() && client_id != "bff"
}

fn of_bob(claims: &Value) -> bool {
    claims["email"].as_str().unwrap().starts_with("bob@")
}

/// Tells whether the lie about the sign-in and its times is told; nothing where it is about something else.
fn is_mistimed(lie: L, seen: &Seen) -> Option<bool> {
    let now_s = seen.honest["iat"].as_u64().unwrap();
    Some(match lie {
        L::NonceMissing => seen.lacks("nonce"),
        L::NonceWrong => {
            seen.differs_in(&["nonce"]) && !["the-nonce", EARLIER].iter().any(|n| seen.claims["nonce"] == *n)
        }
        L::NonceReplayed => seen.says("nonce", &json!(EARLIER)),
        L::NonceArray => seen.says("nonce", &json!(["the-nonce"])),
        L::ExpMissing => seen.lacks("exp"),
        L::ExpPast => {
            seen.differs_in(&[]) && seen.seconds("exp") + 3_000 < now_s && seen.seconds("iat") < seen.seconds("exp")
        }
        L::ExpHuge => seen.differs_in(&[]) && seen.claims["exp"].as_f64().unwrap() > 1e299,
        L::ExpText => seen.differs_in(&[]) && seen.claims["exp"].is_string(),
        L::IatMissing => seen.lacks("iat"),
        L::IatFuture => seen.differs_in(&[]) && seen.seconds("iat") > now_s + 86_400,
        L::NbfFuture => seen.differs_in(&["nbf"]) && seen.seconds("nbf") > now_s + 3_600,
        L::AuthTimeFuture => seen.differs_in(&["auth_time"]) && seen.seconds("auth_time") > now_s + 86_400,
        L::AuthTimeMissing => seen.lacks("auth_time"),
        L::AcrZero => seen.says("acr", &json!("0")),
        L::AtHashWrong => seen.differs_in(&[]) && seen.claims["at_hash"].is_string(),
        L::AtHashMissing => seen.lacks("at_hash"),
        L::SidMissing => seen.lacks("sid"),
        _ => return None,
    })
}

#[tokio::test]
async fn every_lie_is_told_and_the_token_after_it_is_honest() {
    for lie in L::ALL {
        let seen = see(*lie).await;
        let told = is_forged(*lie, &seen).or_else(|| is_misnamed(*lie, &seen)).or_else(|| is_mistimed(*lie, &seen));
        assert_eq!(told, Some(true), "{lie:?}: {} {} {}", seen.header, seen.payload, seen.honest);
    }
}

#[tokio::test]
async fn a_wrong_digest_is_not_that_of_the_access_token() {
    let mut agent = super::lying(Lie::IdToken(L::AtHashWrong), Some("bff"));
    for is_right in [false, true] {
        let tokens = agent.sign_in("bff").await;
        let digest = URL_SAFE_NO_PAD.encode(&hosting::sha256(tokens.access.as_bytes())[..16]);
        assert_eq!(claims(&tokens.id)["at_hash"] == digest, is_right);
    }
}

#[tokio::test]
async fn without_an_earlier_sign_in_a_replayed_nonce_is_still_another_one() {
    let mut agent = super::lying(Lie::IdToken(L::NonceReplayed), Some("bff"));
    assert_ne!(claims(&agent.sign_in("bff").await.id)["nonce"], "the-nonce");
}
