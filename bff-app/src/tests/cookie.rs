//! The session cookie by its rules; each switch off shows what a browser, a script or a sibling host could do then.

use http::{HeaderMap, StatusCode, header};

use super::agent::{Agent, json_of, own};
use crate::session::sample;
use crate::{Cookie, CookieParser, CookiePrefix, SameSite, Settings, Switch};

fn agent(change: impl FnOnce(&mut Cookie)) -> Agent {
    let mut settings = Settings::default();
    change(&mut settings.cookie);
    Agent::new(settings)
}

/// Returns the line that a sign-in sets the session's cookie with.
async fn line(change: impl FnOnce(&mut Cookie)) -> String {
    let agent = agent(change);
    let session = sample("alice", None, agent.bff.handed.clock.now_s());
    let line = agent.bff.sessions.begin(&HeaderMap::new(), session).await.unwrap();
    line.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_attribute_is_missing_without_its_switch() {
    let reference = line(|_| {}).await;
    assert!(reference.starts_with("__Host-Http-session="), "{reference}");
    assert!(reference.ends_with("; Secure; HttpOnly; SameSite=Strict"), "{reference}");
    let readable = line(|cookie| cookie.httponly = Switch::Off).await;
    assert!(readable.starts_with("__Host-session=") && !readable.contains("HttpOnly"), "script reads it: {readable}");
    let plain = line(|cookie| cookie.secure = Switch::Off).await;
    assert!(plain.starts_with("session=") && !plain.contains("Secure"), "it goes over plain http: {plain}");
    for (samesite, end) in [(SameSite::Lax, "; SameSite=Lax"), (SameSite::None, "; SameSite=None")] {
        let line = line(|cookie| cookie.samesite = samesite).await;
        assert!(line.ends_with(end), "other sites' requests carry it: {line}");
    }
    let unset = line(|cookie| cookie.samesite = SameSite::Unset).await;
    assert!(!unset.contains("SameSite"), "the browser decides: {unset}");
}

#[tokio::test]
async fn a_cookie_that_somebody_else_can_set_opens_a_session_only_in_the_weak_variants() {
    // Script may set `__Host-`, a sibling host a name without a prefix; nobody but this server `__Host-Http-`.
    for (prefix, name) in [(CookiePrefix::Host, "__Host-session="), (CookiePrefix::None, "session=")] {
        let weak = agent(|cookie| cookie.prefix = prefix);
        let planted = weak.begin("mallory", None).await;
        assert!(planted.starts_with(name) && weak.lives(&planted).await, "{planted}");
        let reference = agent(|_| {});
        let own = reference.begin("mallory", None).await;
        let planted = own.replacen("__Host-Http-session=", name, 1);
        assert!(planted.starts_with(name) && !reference.lives(&planted).await, "{planted}");
    }
}

#[tokio::test]
async fn a_sibling_replaces_the_session_or_ends_it_only_where_names_are_decoded() {
    for (parser, who, status) in
        [(CookieParser::Raw, "alice", StatusCode::OK), (CookieParser::Decoding, "mallory", StatusCode::UNAUTHORIZED)]
    {
        let agent = agent(|cookie| cookie.parser = parser);
        let (alice, mallory) = (agent.begin("alice", None).await, agent.begin("mallory", None).await);
        let forged = format!("{alice}; {}", mallory.replacen("__Host", "%5F%5FHost", 1));
        let user = agent.ask(own("GET", "/bff/user").header(header::COOKIE, forged)).await;
        assert_eq!(json_of(user).await["name"], who, "{parser:?}");
        let odd = [b"x=\xe9; ".as_slice(), alice.as_bytes()].concat();
        let user = agent.ask(own("GET", "/bff/user").header(header::COOKIE, &odd[..])).await;
        assert_eq!(user.status(), status, "{parser:?}: one odd byte");
    }
}
