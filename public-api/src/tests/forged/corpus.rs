//! Tokens that nobody issued, each wrong for one reason, in the order of the checks.

use serde_json::{Value, json};

use crate::tests::jwt::claims;
use crate::tests::signer::{Signer, sign_hs256};

/// Who forges, and with what.
pub(super) struct Forge {
    /// The issuer's key, which signs what it is given.
    pub(super) issuer: Signer,
    /// The attacker's own key.
    own: Signer,
    now: u64,
}

impl Forge {
    pub(super) fn new(now: u64) -> Self {
        Self { issuer: Signer::new("1", "ES256"), own: Signer::new("2", "ES256"), now }
    }

    /// A token that the issuer has signed, with something changed.
    pub(super) fn issued(&self, change: impl Fn(&mut Value, &mut Value)) -> String {
        let (mut header, mut claims) = (self.issuer.header(), claims(self.now));
        change(&mut header, &mut claims);
        self.issuer.sign(&header, &claims)
    }

    /// The same with the attacker's key, under the issuer's name for its own.
    fn forged(&self, change: impl Fn(&mut Value)) -> String {
        let mut header = self.issuer.header();
        change(&mut header);
        self.own.sign(&header, &claims(self.now))
    }

    /// A good token in three parts.
    fn parts(&self) -> [String; 3] {
        let token = self.issuer.access_token(&claims(self.now));
        let mut parts = token.split('.').map(str::to_owned);
        std::array::from_fn(|_| parts.next().unwrap())
    }

    /// A token that nobody has signed.
    fn unsigned(&self, alg: &str) -> String {
        let encoded = |value: Value| hosting::base64url(value.to_string().as_bytes());
        format!("{}.{}.", encoded(json!({"typ": "at+jwt", "alg": alg})), encoded(claims(self.now)))
    }

    /// A token with the public key as the secret of an HMAC.
    fn hmac(&self, secret: &[u8]) -> String {
        sign_hs256(secret, &json!({"typ": "at+jwt", "alg": "HS256", "kid": "1"}), &claims(self.now))
    }
}

/// Changes one claim of an issued token.
fn with(forge: &Forge, name: &str, value: &Value) -> String {
    forge.issued(|_, claims| claims[name] = value.clone())
}

/// Leaves one claim out.
fn without(forge: &Forge, name: &str) -> String {
    forge.issued(|_, claims| drop(claims.as_object_mut().unwrap().remove(name)))
}

/// Changes one member of the header of an issued token.
fn headed(forge: &Forge, name: &str, value: &Value) -> String {
    forge.issued(|header, _| header[name] = value.clone())
}

pub(super) struct Forgery {
    pub(super) name: &'static str,
    /// Why it must be refused.
    pub(super) why: &'static str,
    pub(super) make: fn(&Forge) -> String,
}

/// Every forgery, in the order of the checks.
pub(super) const ALL: &[Forgery] = &[
    // The form.
    Forgery { name: "no-parts", why: "RFC 7515 §7.1: three parts", make: |_| "not-a-jwt".to_owned() },
    Forgery { name: "two-parts", why: "RFC 7515 §7.1: three parts", make: |forge| forge.parts()[..2].join(".") },
    Forgery { name: "four-parts", why: "RFC 7515 §7.1: three parts", make: |forge| forge.parts().join(".") + ".x" },
    Forgery {
        name: "too-long",
        why: "nothing is unbounded",
        make: |forge| with(forge, "x", &json!("x".repeat(16_000))),
    },
    Forgery {
        name: "header-is-no-json",
        why: "RFC 7515 §5.2",
        make: |forge| forge.issuer.sign_texts("alg", &claims(forge.now).to_string()),
    },
    Forgery {
        name: "header-is-a-list",
        why: "RFC 7515 §5.2",
        make: |forge| forge.issuer.sign_texts("[\"ES256\"]", &claims(forge.now).to_string()),
    },
    Forgery {
        name: "two-algorithms",
        why: "RFC 7515 §4: names are unique",
        make: |forge| {
            let header = r#"{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"1"}"#;
            forge.issuer.sign_texts(header, &claims(forge.now).to_string())
        },
    },
    // The type.
    Forgery { name: "id-token", why: "RFC 9068 §4: typ", make: |forge| headed(forge, "typ", &json!("JWT")) },
    Forgery { name: "logout-token", why: "RFC 8725 §3.11", make: |forge| headed(forge, "typ", &json!("logout+jwt")) },
    Forgery { name: "proof", why: "RFC 8725 §3.11", make: |forge| headed(forge, "typ", &json!("dpop+jwt")) },
    Forgery { name: "typ-null", why: "RFC 9068 §4: typ", make: |forge| headed(forge, "typ", &Value::Null) },
    Forgery { name: "typ-number", why: "RFC 7515 §4.1.9: a text", make: |forge| headed(forge, "typ", &json!(1)) },
    Forgery { name: "typ-longer", why: "RFC 9068 §4: typ", make: |forge| headed(forge, "typ", &json!("at+jwt+x")) },
    // Extensions.
    Forgery { name: "crit", why: "RFC 7515 §4.1.11", make: |forge| headed(forge, "crit", &json!(["b64"])) },
    Forgery { name: "crit-empty", why: "RFC 7515 §4.1.11", make: |forge| headed(forge, "crit", &json!([])) },
    Forgery { name: "crit-null", why: "RFC 7515 §4.1.11", make: |forge| headed(forge, "crit", &Value::Null) },
    // The algorithm.
    Forgery { name: "none", why: "RFC 8725 §3.2", make: |forge| forge.unsigned("none") },
    Forgery { name: "none-capitalised", why: "RFC 8725 §3.2", make: |forge| forge.unsigned("None") },
    Forgery { name: "none-upper-case", why: "RFC 8725 §3.2", make: |forge| forge.unsigned("NONE") },
    Forgery { name: "none-mixed-case", why: "RFC 8725 §3.2", make: |forge| forge.unsigned("nOnE") },
    Forgery { name: "no-algorithm", why: "RFC 8725 §3.2", make: |forge| forge.unsigned("") },
    Forgery {
        name: "hmac-with-jwk",
        why: "RFC 8725 §2.1: RS256 as HS256",
        make: |forge| forge.hmac(forge.issuer.published().to_string().as_bytes()),
    },
    Forgery {
        name: "hmac-with-coordinate",
        why: "RFC 8725 §2.1",
        make: |forge| forge.hmac(forge.issuer.jwk()["x"].as_str().unwrap().as_bytes()),
    },
    Forgery { name: "hmac-with-nothing", why: "RFC 8725 §2.1", make: |forge| forge.hmac(b"") },
    Forgery { name: "another-curve", why: "RFC 8725 §3.1", make: |forge| headed(forge, "alg", &json!("ES384")) },
    Forgery { name: "another-family", why: "RFC 8725 §3.1", make: |forge| headed(forge, "alg", &json!("RS256")) },
    // The key.
    Forgery { name: "wrong-key", why: "RFC 7515 §5.2", make: |forge| forge.forged(|_| {}) },
    Forgery {
        name: "unknown-kid",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["kid"] = json!("2")),
    },
    Forgery {
        name: "no-kid",
        why: "RFC 7515 §5.2",
        make: |forge| forge.forged(|header| drop(header.as_object_mut().unwrap().remove("kid"))),
    },
    Forgery { name: "kid-number", why: "RFC 7515 §4.1.4", make: |forge| headed(forge, "kid", &json!(1)) },
    Forgery {
        name: "kid-path",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["kid"] = json!("../../../../dev/null")),
    },
    Forgery {
        name: "kid-sql",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["kid"] = json!("' UNION SELECT 'secret' --")),
    },
    Forgery {
        name: "brought-key",
        why: "RFC 8725 §3.10: jwk",
        make: |forge| forge.forged(|header| header["jwk"] = forge.own.jwk()),
    },
    Forgery {
        name: "jku",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["jku"] = json!("https://evil1.test/keys")),
    },
    Forgery {
        name: "x5u",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["x5u"] = json!("https://evil1.test/certificate")),
    },
    Forgery {
        name: "x5c",
        why: "RFC 8725 §3.10",
        make: |forge| forge.forged(|header| header["x5c"] = json!(["MIIB"])),
    },
    // The signature.
    Forgery {
        name: "no-signature",
        why: "RFC 7515 §5.2",
        make: |forge| {
            let [header, payload, _] = forge.parts();
            format!("{header}.{payload}.")
        },
    },
    Forgery {
        name: "half-a-signature",
        why: "RFC 7515 §5.2",
        make: |forge| {
            let [header, payload, signature] = forge.parts();
            format!("{header}.{payload}.{}", &signature[..43])
        },
    },
    Forgery { name: "longer-signature", why: "RFC 7515 §5.2", make: |forge| forge.parts().join(".") + "AAAA" },
    Forgery { name: "padded-signature", why: "RFC 7515 §2: no padding", make: |forge| forge.parts().join(".") + "==" },
    Forgery {
        name: "signature-of-another",
        why: "RFC 7515 §5.2",
        make: |forge| {
            let [header, payload, _] = forge.parts();
            let other = forge.issued(|_, claims| claims["sub"] = json!("bob"));
            format!("{header}.{payload}.{}", other.rsplit('.').next().unwrap())
        },
    },
    Forgery {
        name: "zero-signature",
        why: "CVE-2022-21449: r and s of zero",
        make: |forge| {
            let [header, payload, _] = forge.parts();
            format!("{header}.{payload}.{}", hosting::base64url(&[0; 64]))
        },
    },
    // The claims.
    Forgery {
        name: "claims-are-no-json",
        why: "RFC 7519 §7.2",
        make: |forge| forge.issuer.sign_texts(&forge.issuer.header().to_string(), "claims"),
    },
    Forgery {
        name: "claims-are-a-list",
        why: "RFC 7519 §7.2",
        make: |forge| forge.issuer.sign_texts(&forge.issuer.header().to_string(), "[]"),
    },
    Forgery {
        name: "two-subjects",
        why: "RFC 7519 §4: names are unique",
        make: |forge| {
            let claims = claims(forge.now).to_string().replacen('{', r#"{"sub":"bob","#, 1);
            forge.issuer.sign_texts(&forge.issuer.header().to_string(), &claims)
        },
    },
    // Times.
    Forgery { name: "expired", why: "RFC 7519 §4.1.4", make: |forge| with(forge, "exp", &json!(forge.now - 30)) },
    Forgery { name: "no-end", why: "RFC 9068 §2.2", make: |forge| without(forge, "exp") },
    Forgery { name: "end-text", why: "RFC 7519 §2", make: |forge| with(forge, "exp", &json!("9999999999")) },
    Forgery {
        name: "end-beyond-time",
        why: "mod_auth_openidc 2026-08-12",
        make: |forge| with(forge, "exp", &json!(1e300)),
    },
    Forgery { name: "end-before-time", why: "RFC 7519 §2", make: |forge| with(forge, "exp", &json!(-1)) },
    Forgery { name: "not-yet", why: "RFC 7519 §4.1.5", make: |forge| with(forge, "nbf", &json!(forge.now + 31)) },
    Forgery {
        name: "from-the-future",
        why: "RFC 7519 §4.1.6",
        make: |forge| with(forge, "iat", &json!(forge.now + 31)),
    },
    Forgery { name: "no-time-of-issue", why: "RFC 9068 §2.2", make: |forge| without(forge, "iat") },
    // Issuer and audience.
    Forgery {
        name: "other-issuer",
        why: "RFC 9068 §4",
        make: |forge| with(forge, "iss", &json!("http://idp.test/realms/two")),
    },
    Forgery {
        name: "longer-issuer",
        why: "RFC 9068 §4",
        make: |forge| with(forge, "iss", &json!("http://idp.test/realms/one/")),
    },
    Forgery {
        name: "shorter-issuer", why: "RFC 9068 §4", make: |forge| with(forge, "iss", &json!("http://idp.test"))
    },
    Forgery {
        name: "listed-issuer",
        why: "RFC 7519 §4.1.1: a text",
        make: |forge| with(forge, "iss", &json!(["http://idp.test/realms/one"])),
    },
    Forgery { name: "no-issuer", why: "RFC 9068 §2.2", make: |forge| without(forge, "iss") },
    Forgery { name: "other-audience", why: "RFC 9068 §4", make: |forge| with(forge, "aud", &json!("payments-api")) },
    Forgery {
        name: "longer-audience", why: "RFC 9068 §4", make: |forge| with(forge, "aud", &json!("accounts-api-2"))
    },
    Forgery {
        name: "audiences-in-one",
        why: "RFC 7519 §4.1.3",
        make: |forge| with(forge, "aud", &json!("accounts-api payments-api")),
    },
    Forgery { name: "no-audience", why: "RFC 9068 §2.2", make: |forge| without(forge, "aud") },
    Forgery { name: "audience-of-nobody", why: "RFC 9068 §4", make: |forge| with(forge, "aud", &json!([])) },
    Forgery {
        name: "audience-object",
        why: "RFC 7519 §4.1.3",
        make: |forge| with(forge, "aud", &json!({"accounts-api": 1})),
    },
    // Whose it is.
    Forgery { name: "no-client", why: "RFC 9068 §2.2", make: |forge| without(forge, "client_id") },
    Forgery { name: "empty-client", why: "RFC 9068 §2.2", make: |forge| with(forge, "client_id", &json!("")) },
    Forgery { name: "no-subject", why: "RFC 9068 §2.2", make: |forge| without(forge, "sub") },
    Forgery { name: "empty-subject", why: "RFC 9068 §2.2", make: |forge| with(forge, "sub", &json!("")) },
    Forgery {
        name: "listed-subject",
        why: "RFC 7519 §4.1.2: a text",
        make: |forge| with(forge, "sub", &json!(["alice"])),
    },
    Forgery {
        name: "client-for-user",
        why: "RFC 9068 §5: a client called like a user",
        make: |forge| {
            forge.issued(|_, claims| {
                claims["client_id"] = json!("alice");
                claims.as_object_mut().unwrap().remove("sub");
            })
        },
    },
    Forgery {
        name: "client-as-user",
        why: "RFC 9068 §2.2: a client on its own behalf",
        make: |forge| with(forge, "client_id", &json!("alice")),
    },
    // What it may.
    Forgery { name: "no-scope", why: "RFC 9068 §4", make: |forge| without(forge, "scope") },
    Forgery {
        name: "longer-scope",
        why: "RFC 6749 §3.3",
        make: |forge| with(forge, "scope", &json!("openid accounts.read")),
    },
    Forgery { name: "other-case-scope", why: "RFC 6749 §3.3", make: |forge| with(forge, "scope", &json!("Accounts")) },
    Forgery {
        name: "listed-scope",
        why: "RFC 9068 §2.2.3: a text",
        make: |forge| with(forge, "scope", &json!(["accounts"])),
    },
    // What it is bound to.
    Forgery { name: "bound-to-a-key", why: "RFC 9449 §7.2", make: |forge| with(forge, "cnf", &json!({"jkt": "x"})) },
    Forgery {
        name: "bound-to-a-certificate",
        why: "RFC 8705 §3",
        make: |forge| with(forge, "cnf", &json!({"x5t#S256": "x"})),
    },
    Forgery { name: "bound-otherwise", why: "RFC 7800 §3.1", make: |forge| with(forge, "cnf", &json!({"kid": "1"})) },
    Forgery { name: "bound-to-a-text", why: "RFC 7800 §3.1", make: |forge| with(forge, "cnf", &json!("x")) },
];
