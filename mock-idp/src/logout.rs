//! The end of a session, and telling the applications of it (OpenID Connect Back-Channel Logout 1.0).

use hosting::Kind;
use serde_json::json;

use crate::clients::Client;
use crate::issuer::Shared;
use crate::key::Typ;
use crate::sessions::Session;

/// A sign-out that waits for the user's answer.
#[derive(Clone, Debug)]
pub(crate) struct Confirmation {
    /// The session that would end.
    pub(crate) sid: String,
    /// Where the browser goes afterwards.
    pub(crate) return_to: Option<String>,
}

/// What came of telling one application that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The application.
    pub client_id: String,
    /// The status that it answered, or nothing when it could not be reached in time.
    pub status: Option<u16>,
}

/// Ends a session, and returns when every application of it has answered or has run into the outbound client's timeout.
pub(crate) async fn end_session(issuer: &Shared, sid: &str) -> Vec<Notified> {
    // Removed before anybody is told: an application that asks in between must already hear that it is over.
    let Some(session) = issuer.sessions.remove(sid) else { return Vec::new() };
    if !issuer.settings.bcl.is_on() {
        return Vec::new();
    }
    let mut deliveries = Vec::new();
    for client in session.clients.iter().filter_map(|id| issuer.config.client(id)) {
        if let Some(uri) = &client.backchannel_logout_uri {
            let token = logout_token(issuer, client, &session);
            // A task of its own each: they run side by side, and go on when the browser has hung up.
            deliveries.push(tokio::spawn(deliver(Shared::clone(issuer), client.id.clone(), uri.clone(), token)));
        }
    }
    let mut notified = Vec::new();
    for delivery in deliveries {
        notified.extend(delivery.await);
    }
    notified
}

/// Source: OpenID Connect Back-Channel Logout 1.0 §2.4.
fn logout_token(issuer: &Shared, client: &Client, session: &Session) -> String {
    let now_s = issuer.now_s();
    let token = issuer.key.sign(
        Typ::Logout,
        &json!({
            "iss": issuer.config.issuer,
            "sub": session.sub,
            "aud": client.id,
            "iat": now_s,
            "exp": now_s.saturating_add(issuer.settings.logout_token_life_s),
            "jti": hosting::random_token(),
            "sid": session.sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }),
    );
    issuer.handed.credentials.mint(Kind::LogoutToken, &token);
    token
}

async fn deliver(issuer: Shared, client_id: String, uri: String, token: String) -> Notified {
    let outbound = issuer.handed.outbound.named("idp");
    let status = match outbound.client().post(&uri).form(&[("logout_token", &token)]).build() {
        Ok(request) => outbound.send(request).await.ok().map(|response| response.status().as_u16()),
        Err(_) => None,
    };
    Notified { client_id, status }
}
