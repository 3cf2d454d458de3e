//! Revocation: what the answer says, and what the tokens are worth afterwards.

use axum::http::{Method, Request, StatusCode, header};
use mock_idp::{Lie, RevocationLie as L, Settings, Times};

use super::{EVIL, arm, is_pending, respond};
use crate::agent::{Agent, Answer, SPA, Tokens, as_form};

/// A user of the page, which can revoke because it is a client, and a lie that waits for that.
async fn signed_in(lie: L) -> (Agent, Tokens) {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    arm(&agent, Lie::Revocation(lie), Some("spa"), Times::Once);
    (agent, tokens)
}

/// Revokes as a page's script does.
async fn revoke(agent: &Agent, token: &str) -> Answer {
    let request = Request::post("/revoke").header(header::ORIGIN, SPA);
    agent.stranger().send(as_form(request, &[("client_id", "spa"), ("token", token)])).await
}

async fn is_alive(agent: &Agent, tokens: &Tokens) -> (bool, bool) {
    let access = agent.is_active(&tokens.access).await;
    (access, agent.refresh("spa", &tokens.refresh).await.status == StatusCode::OK)
}

async fn is_told(lie: L) -> bool {
    let (agent, tokens) = signed_in(lie).await;
    if lie == L::Never {
        let form = [("client_id", "spa"), ("token", tokens.refresh.as_str())];
        let hangs = is_pending(respond(&agent, as_form(Request::post("/revoke"), &form))).await;
        return hangs && is_alive(&agent, &tokens).await == (true, true);
    }
    let answer = revoke(&agent, &tokens.refresh).await;
    let is_readable = answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN) == Some(SPA);
    let alive = is_alive(&agent, &tokens).await;
    match lie {
        L::NothingRevoked => answer.status == StatusCode::OK && is_readable && alive == (true, true),
        L::Unavailable => {
            let may_come_back = answer.headers.contains_key(header::RETRY_AFTER);
            answer.status == StatusCode::SERVICE_UNAVAILABLE && !may_come_back && alive == (true, true)
        }
        L::UnavailableForNow => answer.header(header::RETRY_AFTER) == Some("30") && alive == (true, true),
        L::NoCors => {
            let is_cors = |name: &str| name.starts_with("access-control-");
            let says_nothing = answer.headers.keys().all(|name| !is_cors(name.as_str()));
            answer.status == StatusCode::OK && says_nothing && alive == (false, false)
        }
        L::AccessTokensOnly => answer.status == StatusCode::OK && alive == (true, true),
        L::RefreshTokensOnly => answer.status == StatusCode::OK && alive == (true, false),
        L::Redirected => {
            let to = answer.header(header::LOCATION).unwrap_or_default();
            answer.status == StatusCode::FOUND && to.starts_with(EVIL) && alive == (true, true)
        }
        L::Never => false,
    }
}

#[tokio::test]
async fn every_lie_is_told() {
    for lie in L::ALL {
        assert!(is_told(*lie).await, "{lie:?}");
    }
}

#[tokio::test]
async fn an_access_token_is_revoked_by_one_and_not_by_the_other() {
    for (lie, is_active) in [(L::AccessTokensOnly, false), (L::RefreshTokensOnly, true)] {
        let (agent, tokens) = signed_in(lie).await;
        assert_eq!(revoke(&agent, &tokens.access).await.status, StatusCode::OK, "{lie:?}");
        assert_eq!(agent.is_active(&tokens.access).await, is_active, "{lie:?}");
    }
}

#[tokio::test]
async fn the_revocation_after_a_lie_is_honest() {
    for lie in L::ALL.iter().filter(|lie| **lie != L::Never) {
        let (agent, tokens) = signed_in(*lie).await;
        revoke(&agent, "another-token").await;
        assert_eq!(revoke(&agent, &tokens.refresh).await.status, StatusCode::OK, "{lie:?}");
        assert_eq!(is_alive(&agent, &tokens).await, (false, false), "{lie:?}");
    }
}

#[tokio::test]
async fn preflights_are_answered_honestly_meanwhile() {
    let (agent, _) = signed_in(L::NoCors).await;
    let preflight = Request::builder().method(Method::OPTIONS).uri("/revoke").header(header::ORIGIN, SPA);
    let preflight = preflight.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let answer = agent.stranger().send(preflight.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(SPA));
}
