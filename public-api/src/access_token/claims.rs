//! What must be said of a token for a call to pass, by its issuer (RFC 7662) or by itself (RFC 9068).

use std::fmt;

use hosting::Clock;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::{Form, Refused};
use crate::Config;
use crate::settings::{Settings, Switch};

/// How far the clock that has put times into a JWT may be off, in seconds.
pub const LEEWAY_S: u64 = 30;

/// What is said of a token: an introspection response (RFC 7662 §2.2), or the claims of a JWT (RFC 9068 §2.2).
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    pub(super) active: bool,
    iss: Option<String>,
    sub: Option<String>,
    username: Option<String>,
    client_id: Option<String>,
    aud: Option<Audience>,
    scope: Option<String>,
    token_type: Option<String>,
    exp: Option<Seconds>,
    nbf: Option<Seconds>,
    iat: Option<Seconds>,
    cnf: Option<Confirmation>,
}

/// What a token is bound to (RFC 7800 §3.1).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Confirmation {
    /// The thumbprint of the key of DPoP proofs (RFC 9449 §6.1).
    pub(super) jkt: Option<String>,
    /// The thumbprint of the certificate of the connection (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    pub(super) x5t_s256: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// A `NumericDate` in whole seconds; RFC 7519 §2 allows fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seconds(pub(super) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("seconds since 1970")
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
        Ok(Seconds(seconds))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
        u64::try_from(seconds).map(Seconds).map_err(|_| E::custom("a time before 1970"))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
        // Beyond 2^53, `1e300` with it, a floating-point number is no time any more.
        if !(0.0..9e15).contains(&seconds) {
            return Err(E::custom("no time"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 2^53")]
        Ok(Seconds(seconds as u64))
    }
}

impl Claims {
    /// Returns the user's name, or `sub`, or what comes closest where neither is demanded.
    pub(super) fn name(&self) -> &str {
        let name = self.username.as_ref().or(self.sub.as_ref()).or(self.client_id.as_ref());
        name.map_or("", String::as_str)
    }

    /// Returns the end of the token.
    pub(super) fn expires_s(&self) -> Option<u64> {
        self.exp.map(|exp| exp.0)
    }

    /// Returns what the token is bound to.
    pub(super) fn confirmation(&self) -> Option<&Confirmation> {
        self.cnf.as_ref()
    }
}

/// Checks what is said of a token.
///
/// Source: RFC 7662 §2.2 and §4, RFC 9068 §4.
///
/// # Errors
///
/// [`Refused`] names the first check that failed.
pub(super) fn check(
    claims: &Claims,
    form: Form,
    config: &Config,
    settings: &Settings,
    clock: &Clock,
) -> Result<(), Refused> {
    if !claims.active {
        return Err(Refused::InvalidToken("the access token is not active"));
    }
    check_times(claims, form, settings.times, clock)?;
    check_kind(claims)?;
    if settings.iss.is_on() && claims.iss.as_deref() != Some(config.issuer.as_str()) {
        return Err(Refused::InvalidToken("the access token is of another issuer"));
    }
    // RFC 9700 §2.3: a token without an audience is meant for everybody, so it is refused like one for somebody else.
    if settings.aud.is_on() && !claims.aud.as_ref().is_some_and(|aud| aud.names(&config.audience)) {
        return Err(Refused::InvalidToken("the access token is meant for another audience"));
    }
    let is_empty = |claim: Option<&String>| claim.is_none_or(String::is_empty);
    // RFC 7662 §2.2 leaves it out where it likes, RFC 9068 §2.2 does not.
    if settings.client_id.is_on() && form == Form::Jwt && is_empty(claims.client_id.as_ref()) {
        return Err(Refused::InvalidToken("the access token does not say to whom it was issued"));
    }
    if settings.sub.is_on() && is_empty(claims.username.as_ref()) && is_empty(claims.sub.as_ref()) {
        return Err(Refused::InvalidToken("the access token belongs to no user"));
    }
    // RFC 9068 §2.2: where no user is involved, `sub` says which client asks on its own behalf.
    let is_of_client = !is_empty(claims.sub.as_ref()) && claims.sub == claims.client_id;
    if settings.sub.is_on() && is_of_client {
        return Err(Refused::InvalidToken("the access token belongs to a client, and to no user"));
    }
    let granted = claims.scope.as_deref().unwrap_or_default();
    if settings.scope.is_on() && !granted.split(' ').any(|scope| scope == config.scope) {
        return Err(Refused::InsufficientScope);
    }
    Ok(())
}

/// Compares with our own clock, because a kept answer can be older than the token's end (RFC 7662 §4).
///
/// Of a reference, the issuer says whether it has ended, and its word counts; a JWT was dated by a foreign clock.
///
/// # Errors
///
/// [`Refused`] when the token has ended, or has not begun.
pub(super) fn check_times(claims: &Claims, form: Form, times: Switch, clock: &Clock) -> Result<(), Refused> {
    if !times.is_on() {
        return Ok(());
    }
    let now = clock.now_s();
    let leeway = match form {
        Form::Reference => 0,
        Form::Jwt => LEEWAY_S,
    };
    // RFC 9068 §2.2 demands both; RFC 7662 §2.2 neither.
    if form == Form::Jwt && (claims.exp.is_none() || claims.iat.is_none()) {
        return Err(Refused::InvalidToken("the access token does not say when it was issued, or when it ends"));
    }
    if claims.exp.is_some_and(|exp| exp.0.saturating_add(leeway) <= now) {
        return Err(Refused::InvalidToken("the access token has expired"));
    }
    let is_to_come = |time: Option<Seconds>| time.is_some_and(|time| time.0 > now.saturating_add(leeway));
    if is_to_come(claims.nbf) || (form == Form::Jwt && is_to_come(claims.iat)) {
        return Err(Refused::InvalidToken("the access token is not valid yet"));
    }
    Ok(())
}

fn check_kind(claims: &Claims) -> Result<(), Refused> {
    let Some(kind) = &claims.token_type else { return Ok(()) };
    let is_bound = || claims.cnf.as_ref().is_some_and(|bound| bound.jkt.is_some());
    // RFC 9449 §6.2: the binding itself is compared afterwards.
    if kind.eq_ignore_ascii_case("bearer") || (kind.eq_ignore_ascii_case("dpop") && is_bound()) {
        return Ok(());
    }
    Err(Refused::InvalidToken("the access token is no bearer token"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config() -> Config {
        Config {
            name: "api",
            business: crate::Business::Accounts,
            origin: hosting::Origin::parse("https://api.test").unwrap(),
            issuer: hosting::Issuer::parse("https://idp.test/realms/one").unwrap(),
            introspection: None,
            audience: "accounts-api".to_owned(),
            scope: "accounts".to_owned(),
            allowed_origins: Vec::new(),
        }
    }

    /// What happens to a token with which nothing else is wrong.
    fn outcome(form: Form, change: impl Fn(&mut Value, u64)) -> Result<(), Refused> {
        let clock = Clock::standing();
        let now = clock.now_s();
        let mut claims = json!({
            "active": true, "iss": "https://idp.test/realms/one", "sub": "sub-alice", "client_id": "spa",
            "aud": "accounts-api", "scope": "openid accounts", "iat": now, "exp": now + 300,
        });
        change(&mut claims, now);
        let claims: Claims = serde_json::from_value(claims).map_err(|_| Refused::InvalidToken("unreadable"))?;
        check(&claims, form, &config(), &Settings::default(), &clock)
    }

    #[test]
    fn takes_what_is_right() {
        for form in [Form::Reference, Form::Jwt] {
            assert_eq!(outcome(form, |_, _| {}), Ok(()));
            assert_eq!(outcome(form, |claims, _| claims["aud"] = json!(["other", "accounts-api"])), Ok(()));
            assert_eq!(outcome(form, |claims, _| claims["exp"] = json!(9_999_999_999.5)), Ok(()));
        }
    }

    #[test]
    fn a_reference_ends_on_the_second_and_a_jwt_within_the_leeway() {
        for (form, late_s, is_taken) in
            [(Form::Reference, 0, false), (Form::Jwt, 0, true), (Form::Jwt, 29, true), (Form::Jwt, 30, false)]
        {
            let outcome = outcome(form, |claims, now| claims["exp"] = json!(now - late_s));
            assert_eq!(outcome.is_ok(), is_taken, "{form:?} {late_s}");
        }
        for (name, early_s, is_taken) in [("iat", 30, true), ("iat", 31, false), ("nbf", 30, true), ("nbf", 31, false)]
        {
            let outcome = outcome(Form::Jwt, |claims, now| claims[name] = json!(now + early_s));
            assert_eq!(outcome.is_ok(), is_taken, "{name} {early_s}");
        }
    }

    #[test]
    fn a_jwt_must_say_more_than_an_issuer() {
        for name in ["exp", "iat", "client_id"] {
            let without = |form| outcome(form, |claims, _| drop(claims.as_object_mut().unwrap().remove(name)));
            assert_eq!(without(Form::Reference), Ok(()), "{name}");
            assert!(without(Form::Jwt).is_err(), "{name}");
        }
    }

    #[test]
    fn a_client_on_its_own_behalf_is_no_user() {
        for form in [Form::Reference, Form::Jwt] {
            assert!(outcome(form, |claims, _| claims["sub"] = json!("spa")).is_err(), "{form:?}");
            let named = outcome(form, |claims, _| {
                claims["sub"] = json!("spa");
                claims["username"] = json!("service-account-spa");
            });
            assert!(named.is_err(), "{form:?}, whatever its name is");
        }
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for time in [json!(1e300), json!(-1), json!("1"), json!([1]), json!(true), json!(9.1e15)] {
            assert!(outcome(Form::Jwt, |claims, _| claims["exp"] = time.clone()).is_err(), "{time}");
        }
    }

    #[test]
    fn a_kind_of_token_that_is_not_known_is_refused() {
        for (kind, is_taken) in [("Bearer", true), ("bearer", true), ("DPoP", false), ("mac", false), ("", false)] {
            let outcome = outcome(Form::Reference, |claims, _| claims["token_type"] = json!(kind));
            assert_eq!(outcome.is_ok(), is_taken, "{kind}");
        }
    }
}
