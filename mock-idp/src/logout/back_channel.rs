//! Telling applications behind the browser's back (OpenID Connect Back-Channel Logout 1.0).

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use hosting::Kind;
use serde_json::json;

use super::{Delivery, Notified, Truth, Undelivered};
use crate::clients::Client;
use crate::events::{Happened, Note};
use crate::issuer::{Issuer, Shared};
use crate::keys::Typ;
use crate::misbehaviour::{self, Lie};
use crate::sessions::{Joined, Session};
use crate::settings::LogoutSubject;

/// How many undelivered logout tokens are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 1_000;

/// How many logout tokens are on their way at the same time.
pub(crate) const AT_ONCE: usize = 32;

/// Tells every application of a session at the same time.
pub(super) async fn tell(issuer: &Shared, session: &Session) -> Vec<Notified> {
    if !issuer.settings.bcl.is_on() {
        return Vec::new();
    }
    let mut deliveries = Vec::new();
    for joined in &session.clients {
        let client = issuer.registry.client(&joined.client_id);
        if let Some(truth) = client.and_then(|client| truth(issuer, &client, session, joined)) {
            // A task of its own each: they run side by side, and go on when the browser has hung up.
            deliveries.push(tokio::spawn(deliver_honestly_or_not(Shared::clone(issuer), truth)));
        }
    }
    collect(deliveries).await
}

/// Sends again what nobody took, and what was held back until now.
pub(crate) async fn redeliver(issuer: &Shared) -> Vec<Notified> {
    let now_s = issuer.now_s();
    let due: VecDeque<Undelivered> = {
        let mut waiting = issuer.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
        let (due, later) = waiting.drain(..).partition(|waiting| waiting.due_s <= now_s);
        *waiting = later;
        due
    };
    let tasks = due.into_iter().map(|undelivered| {
        let issuer = Shared::clone(issuer);
        tokio::spawn(async move {
            let Undelivered { truth, body, .. } = undelivered;
            let body = body.unwrap_or_else(|| fresh(&issuer, &truth));
            deliver(issuer, truth, body).await
        })
    });
    collect(tasks.collect()).await
}

/// Tells an application of the end of a session that is only about to begin, where a lie asks for it.
pub(crate) async fn announce_early(issuer: &Shared, client: &Client, session: &Session) {
    let lie = issuer.lie(Some(&client.id), |lie| match lie {
        Lie::LogoutToken(lie) if lie.comes_before_sign_in() => Some(lie),
        _ => None,
    });
    if lie.is_some()
        && let Some(joined) = session.clients.iter().find(|joined| *joined.client_id == *client.id)
        && let Some(truth) = truth(issuer, client, session, joined)
    {
        let body = fresh(issuer, &truth);
        deliver(Shared::clone(issuer), truth, body).await;
    }
}

async fn collect(tasks: Vec<tokio::task::JoinHandle<Notified>>) -> Vec<Notified> {
    let mut notified = Vec::new();
    for task in tasks {
        notified.extend(task.await);
    }
    notified
}

/// Source: OpenID Connect Back-Channel Logout 1.0 §2.4.
fn truth(issuer: &Issuer, client: &Client, session: &Session, joined: &Joined) -> Option<Truth> {
    let uri = client.backchannel_logout_uri.clone()?;
    let now_s = issuer.now_s();
    let mut claims = json!({
        "iss": issuer.config.issuer,
        "aud": client.id,
        "iat": now_s,
        "exp": now_s.saturating_add(issuer.settings.logout_token_life_s),
        "jti": hosting::random_token(),
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let subject = match issuer.settings.bcl_subject {
        // §2.2: a client that demands the session gets it.
        LogoutSubject::Sub if client.backchannel_logout_session_required => LogoutSubject::Both,
        subject => subject,
    };
    if subject != LogoutSubject::Sid {
        claims["sub"] = json!(&*session.sub);
    }
    if subject != LogoutSubject::Sub {
        claims["sid"] = json!(&*session.sid);
    }
    let algorithm = client.id_token_signed_response_alg;
    Some(Truth {
        client_id: Arc::clone(&joined.client_id),
        uri,
        algorithm,
        claims,
        sub: Arc::clone(&session.sub),
        correlation: Arc::clone(&joined.correlation),
    })
}

/// Makes a logout token that says the truth, with an identifier and times of its own.
fn fresh(issuer: &Issuer, truth: &Truth) -> String {
    let mut claims = truth.claims.clone();
    let now_s = issuer.now_s();
    claims["iat"] = json!(now_s);
    claims["exp"] = json!(now_s.saturating_add(issuer.settings.logout_token_life_s));
    claims["jti"] = json!(hosting::random_token());
    let token = issuer.keys.sign(truth.algorithm, Typ::Logout, &claims);
    issuer.handed.credentials.mint(Kind::LogoutToken, &token);
    let note = Note { credential: Some((Kind::LogoutToken, &token)), ..about(truth) };
    issuer.note(Happened::Issued, note);
    form(&token)
}

/// Returns the form that carries a logout token.
pub(crate) fn form(token: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish()
}

async fn deliver_honestly_or_not(issuer: Shared, truth: Truth) -> Notified {
    let lie = issuer.lie(Some(&truth.client_id), |lie| match lie {
        Lie::LogoutToken(lie) if !lie.comes_before_sign_in() => Some(lie),
        _ => None,
    });
    let Some(lie) = lie else {
        let body = fresh(&issuer, &truth);
        return deliver(issuer, truth, body).await;
    };
    let mut last = Notified { client_id: truth.client_id.to_string(), status: None, attempts: 0 };
    for Delivery { body, uri, after_s } in misbehaviour::logout_token::tell(&issuer, lie, truth.clone()) {
        let truth = Truth { uri, ..truth.clone() };
        if after_s > 0 {
            let due_s = issuer.now_s().saturating_add(after_s);
            remember(&issuer, Undelivered { truth, due_s, body: Some(body) });
        } else {
            let before = last.attempts;
            last = deliver(Shared::clone(&issuer), truth, body).await;
            last.attempts += before;
        }
    }
    last
}

/// Sends one logout token; again at once where the connection was refused or the application answered 5xx.
async fn deliver(issuer: Shared, truth: Truth, body: String) -> Notified {
    let outbound = issuer.handed.outbound.named("idp");
    // Closed never, so there is always a place in the end: each holder runs into the outbound client's timeout at the latest.
    let _place = issuer.deliveries.acquire().await;
    let mut notified = Notified { client_id: truth.client_id.to_string(), status: None, attempts: 0 };
    while notified.attempts < issuer.settings.bcl_attempts.max(1) {
        notified.attempts += 1;
        let request = outbound
            .client()
            .post(&truth.uri)
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.clone())
            .build();
        let Ok(request) = request else { break };
        match outbound.send(request).await {
            Ok(response) => {
                notified.status = Some(response.status().as_u16());
                if !response.status().is_server_error() {
                    break;
                }
            }
            Err(error) => {
                notified.status = None;
                // One that hangs has cost its timeout already.
                if error.is_timeout() {
                    break;
                }
            }
        }
    }
    record(&issuer, &truth, &notified);
    if notified.status.is_none_or(|status| status >= 500) {
        let due_s = issuer.now_s();
        remember(&issuer, Undelivered { truth, due_s, body: None });
    }
    notified
}

fn record(issuer: &Issuer, truth: &Truth, notified: &Notified) {
    // §2.8: 200, or 204 from frameworks that cannot answer an empty 200.
    let happened = match notified.status {
        Some(200 | 204) => Happened::LogoutDelivered,
        _ => Happened::LogoutUndelivered,
    };
    let status = notified.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
    let detail = Some(format!("{status} after {} attempts", notified.attempts));
    issuer.note(happened, Note { detail, ..about(truth) });
}

fn about(truth: &Truth) -> Note<'static> {
    Note {
        client_id: Some(Arc::clone(&truth.client_id)),
        sub: Some(Arc::clone(&truth.sub)),
        correlation: Some(Arc::clone(&truth.correlation)),
        ..Note::default()
    }
}

fn remember(issuer: &Issuer, undelivered: Undelivered) {
    let mut waiting = issuer.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.len() == REMEMBERED {
        waiting.pop_front();
    }
    waiting.push_back(undelivered);
}
