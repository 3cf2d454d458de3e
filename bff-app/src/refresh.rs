//! A fresh access token for a session: one refresh for all requests that wait, because a rotated token works once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, StatusCode};
use tokio::sync::Mutex as Turn;

use crate::Inner;
use crate::oidc::OidcError;
use crate::problem::Problem;
use crate::session::{Found, Tokens};

/// How long before its end an access token counts as expired, in seconds.
const EARLY_S: u64 = 5;

/// Whose turn it is, by session.
#[derive(Default)]
pub(crate) struct Refreshes(Mutex<HashMap<String, Arc<Turn<()>>>>);

/// A session's tokens, and what the response must set where they live in the cookie.
pub(crate) struct Fresh {
    pub(crate) tokens: Tokens,
    pub(crate) set_cookie: Option<HeaderValue>,
}

impl Inner {
    /// Returns tokens whose access token is still good.
    ///
    /// # Errors
    ///
    /// 401 when the provider refuses the refresh, which ends the session; 502 when it does not answer.
    pub(crate) async fn fresh_tokens(&self, found: &Found) -> Result<Fresh, Problem> {
        if self.is_good(&found.session.tokens) {
            return Ok(Fresh { tokens: found.session.tokens.clone(), set_cookie: None });
        }
        let turn = self.refreshes.turn(&found.key);
        let _turn = if self.settings.single_flight.is_on() { Some(turn.lock().await) } else { None };
        // Whoever waited finds what the first has fetched.
        let session = self.sessions.current(found).ok_or_else(Problem::signed_out)?;
        if self.settings.single_flight.is_on() && self.is_good(&session.tokens) {
            return Ok(Fresh { tokens: session.tokens, set_cookie: None });
        }
        if session.tokens.refresh_token.is_none() {
            return Err(Problem::signed_out());
        }
        match self.oidc.refresh(&session.tokens).await {
            Ok(tokens) => {
                let set_cookie = self.sessions.renew(&found.key, &session, tokens.clone());
                Ok(Fresh { tokens, set_cookie })
            }
            Err(OidcError::Refused { ref error, .. }) if error == "invalid_grant" => {
                self.sessions.end(&found.key);
                Err(Problem::signed_out())
            }
            Err(error) => Err(Problem::new(StatusCode::BAD_GATEWAY, error.to_string())),
        }
    }

    fn is_good(&self, tokens: &Tokens) -> bool {
        tokens.access_expires_s > self.handed.clock.now_s() + EARLY_S
    }
}

impl Refreshes {
    fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Turns that nobody waits for are dropped, so that ended sessions leave nothing behind.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(key.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::routing::{get, post};
    use axum::{Json, Router};
    use hosting::{Credentials, Handed, Journal, Listener, Names, Origin, Outbound, Secret, Timeouts, Wire};
    use http::{HeaderMap, header};
    use serde_json::json;
    use tokio::sync::Barrier;

    use super::*;
    use crate::session::Session;
    use crate::settings::{Settings, Switch};
    use crate::{Config, Page};

    /// A provider that grants a refresh only once so many have asked for one at the same time.
    fn provider(together: usize, asked: Arc<AtomicUsize>) -> (Listener, Wire) {
        let barrier = Arc::new(Barrier::new(together));
        let metadata = json!({
            "issuer": "http://idp.test", "authorization_endpoint": "http://idp.test/authorize",
            "token_endpoint": "http://idp.test/token", "jwks_uri": "http://idp.test/jwks",
        });
        let token = move || async move {
            asked.fetch_add(1, Ordering::SeqCst);
            barrier.wait().await;
            Json(json!({ "access_token": "fresh", "token_type": "Bearer", "expires_in": 300, "refresh_token": "next" }))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(|| async { Json(metadata) }))
            .route("/token", post(token));
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        (listener, Wire { authority: "idp.test".to_owned(), party: "idp", router })
    }

    /// Lets two requests of one session refresh at once, and counts what the provider was asked.
    async fn refreshes_of_two_at_once(single_flight: Switch, together: usize) -> usize {
        let asked = Arc::new(AtomicUsize::new(0));
        let (listener, wire) = provider(together, asked.clone());
        let names = Names::default();
        names.insert("idp.test", listener.address());
        let journal = Journal::off(Credentials::default());
        let _running = listener.serve(vec![wire], &journal);
        let outbound = Outbound::new(&names, None, journal, Timeouts::default());
        let handed = Handed { outbound, ..Handed::for_tests() };
        let bff = crate::shared(config(), Settings { single_flight, ..Settings::default() }, handed.clone());
        let now = handed.clock.now_s();
        let tokens = Tokens {
            access_token: "old".into(),
            access_expires_s: now,
            refresh_token: Some("r".into()),
            id_token: "i".into(),
        };
        let session = Session {
            sub: "s".into(),
            username: "u".into(),
            name: "n".into(),
            sid: None,
            tokens,
            began_s: now,
            used_s: now,
        };
        let set_cookie = bff.sessions.begin(&HeaderMap::new(), session);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, set_cookie.to_str().unwrap().split(';').next().unwrap().parse().unwrap());
        let (one, two) = (bff.sessions.find(&headers).unwrap(), bff.sessions.find(&headers).unwrap());
        let (one, two) = tokio::join!(bff.fresh_tokens(&one), bff.fresh_tokens(&two));
        assert_eq!(
            (one.unwrap().tokens.access_token, two.unwrap().tokens.access_token),
            ("fresh".into(), "fresh".into())
        );
        asked.load(Ordering::SeqCst)
    }

    fn config() -> Config {
        let origin = |text| Origin::parse(text).unwrap();
        Config {
            origin: origin("http://bff.test"),
            issuer: origin("http://idp.test"),
            client_id: "bff".to_owned(),
            client_secret: Secret::new("secret"),
            downstream: origin("http://orders.test"),
            page: Page { script: String::new(), style: String::new(), implant: None },
        }
    }

    #[tokio::test]
    async fn one_refresh_serves_both() {
        assert_eq!(refreshes_of_two_at_once(Switch::On, 1).await, 1);
    }

    #[tokio::test]
    async fn without_single_flight_both_refresh_with_the_same_token() {
        assert_eq!(refreshes_of_two_at_once(Switch::Off, 2).await, 2);
    }
}
