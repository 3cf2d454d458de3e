//! Telling applications behind the browser's back (OpenID Connect Back-Channel Logout 1.0).

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use hosting::Kind;
use serde_json::json;
use tokio::sync::SemaphorePermit;

use super::{Delivery, Notified, Truth, Undelivered};
use crate::clients::Client;
use crate::events::{Happened, Note};
use crate::issuer::{Issuer, Shared};
use crate::keys::Typ;
use crate::misbehaviour::{self, Lie, LogoutTokenLie};
use crate::sessions::{Joined, Session};
use crate::settings::LogoutSubject;

/// How many undelivered logout tokens are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 1_000;

/// How many logout tokens are on their way at the same time.
pub(crate) const AT_ONCE: usize = 32;

/// Tells every application of a session, at each of its addresses, at the same time.
pub(super) async fn tell(issuer: &Shared, session: &Session) -> Vec<Notified> {
    if !issuer.settings.bcl.is_on() {
        return Vec::new();
    }
    let mut deliveries = Vec::new();
    for joined in &session.clients {
        let Some(client) = issuer.registry.client(&joined.client_id) else { continue };
        let truths = truths(issuer, &client, session, joined);
        if truths.is_empty() {
            continue;
        }
        // One lie for all addresses: it is the application that is lied to.
        let lie = lie(issuer, &client, |lie| !lie.comes_before_sign_in());
        let reached = if lie.is_some_and(LogoutTokenLie::reaches_one_address) { 1 } else { truths.len() };
        for truth in truths.into_iter().take(reached) {
            // A task of its own each: they run side by side, and go on when the browser has hung up.
            deliveries.push(tokio::spawn(deliver_honestly_or_not(Shared::clone(issuer), truth, lie)));
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
            let _place = place(&issuer).await;
            let Undelivered { truth, body, .. } = undelivered;
            let body = body.unwrap_or_else(|| fresh(&issuer, &truth));
            deliver(&issuer, truth, body).await
        })
    });
    collect(tasks.collect()).await
}

/// Tells an application of the end of a session that is only about to begin, where a lie asks for it.
pub(crate) async fn announce_early(issuer: &Shared, client: &Client, session: &Session) {
    if lie(issuer, client, LogoutTokenLie::comes_before_sign_in).is_none() {
        return;
    }
    let Some(joined) = session.clients.iter().find(|joined| *joined.client_id == *client.id) else { return };
    for truth in truths(issuer, client, session, joined) {
        let _place = place(issuer).await;
        let body = fresh(issuer, &truth);
        deliver(issuer, truth, body).await;
    }
}

/// Forgets what a client was to be told.
pub(crate) fn forget_client(issuer: &Issuer, client_id: &str) {
    let mut waiting = issuer.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.retain(|waiting| *waiting.truth.client_id != *client_id);
}

/// Returns the armed lie of this kind, where there is one for this client.
fn lie(issuer: &Issuer, client: &Client, is_kind: impl Fn(LogoutTokenLie) -> bool) -> Option<LogoutTokenLie> {
    issuer.lie(Some(&client.id), |lie| match lie {
        Lie::LogoutToken(lie) if is_kind(lie) => Some(lie),
        _ => None,
    })
}

/// Waits for a place among the logout tokens that are on their way.
///
/// It comes before the token is made, so that waiting costs nothing of its life. There is always a place in the end: each
/// holder runs into the outbound client's timeout at the latest.
async fn place(issuer: &Issuer) -> SemaphorePermit<'_> {
    issuer.deliveries.acquire().await.expect("nobody closes the semaphore")
}

async fn collect(tasks: Vec<tokio::task::JoinHandle<Notified>>) -> Vec<Notified> {
    let mut notified = Vec::new();
    for task in tasks {
        notified.extend(task.await);
    }
    notified
}

/// Returns what a client is to be told, once per address.
fn truths(issuer: &Issuer, client: &Client, session: &Session, joined: &Joined) -> Vec<Truth> {
    client.backchannel_logout_addresses().map(|uri| truth(issuer, client, session, joined, uri)).collect()
}

/// Source: OpenID Connect Back-Channel Logout 1.0 §2.4.
fn truth(issuer: &Issuer, client: &Client, session: &Session, joined: &Joined, uri: &str) -> Truth {
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
    Truth {
        client_id: Arc::clone(&joined.client_id),
        uri: uri.to_owned(),
        algorithm: client.id_token_signed_response_alg,
        claims,
        sub: Arc::clone(&session.sub),
        correlation: Arc::clone(&joined.correlation),
    }
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

async fn deliver_honestly_or_not(issuer: Shared, truth: Truth, lie: Option<LogoutTokenLie>) -> Notified {
    let _place = place(&issuer).await;
    let Some(lie) = lie else {
        let body = fresh(&issuer, &truth);
        return deliver(&issuer, truth, body).await;
    };
    let mut last = Notified { client_id: truth.client_id.to_string(), status: None, attempts: 0 };
    for Delivery { body, uri, after_s } in misbehaviour::logout_token::tell(&issuer, lie, truth.clone()) {
        let truth = Truth { uri, ..truth.clone() };
        if after_s > 0 {
            let due_s = issuer.now_s().saturating_add(after_s);
            remember(&issuer, Undelivered { truth, due_s, body: Some(body) });
        } else {
            let before = last.attempts;
            last = deliver(&issuer, truth, body).await;
            last.attempts += before;
        }
    }
    last
}

/// Sends one logout token; again at once where the connection was refused or the application answered 5xx.
async fn deliver(issuer: &Issuer, truth: Truth, body: String) -> Notified {
    let outbound = issuer.handed.outbound.named("idp");
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
    record(issuer, &truth, &notified);
    if notified.status.is_none_or(|status| status >= 500) {
        let due_s = issuer.now_s();
        remember(issuer, Undelivered { truth, due_s, body: None });
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

/// Remembers what is to be sent again, unless its client was removed in the meantime.
fn remember(issuer: &Issuer, undelivered: Undelivered) {
    let mut waiting = issuer.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
    // With the lock held: whoever removes the client takes it out of the registry first, and forgets afterwards.
    if issuer.registry.client(&undelivered.truth.client_id).is_none() {
        return;
    }
    if waiting.len() == REMEMBERED {
        waiting.pop_front();
    }
    waiting.push_back(undelivered);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hosting::Secret;

    use super::*;
    use crate::keys::SigningAlgorithm;

    fn issuer() -> Shared {
        Shared::new(Issuer::knowing(vec![Client::confidential("app", Secret::new("app-secret"))]))
    }

    /// What an application is told that nobody can reach.
    fn truth(client_id: &str) -> Truth {
        Truth {
            client_id: client_id.into(),
            uri: "https://app.test/backchannel-logout".to_owned(),
            algorithm: SigningAlgorithm::Es256,
            claims: json!({"aud": client_id}),
            sub: "sub-alice".into(),
            correlation: "a-sign-in".into(),
        }
    }

    fn undelivered(client_id: &str, due_s: u64) -> Undelivered {
        Undelivered { truth: truth(client_id), due_s, body: None }
    }

    /// Returns the logout tokens that were made.
    fn made(issuer: &Issuer) -> Vec<String> {
        let all = issuer.handed.credentials.all().into_iter();
        all.filter(|(kind, ..)| *kind == Kind::LogoutToken).map(|(.., token)| token.expose().to_owned()).collect()
    }

    #[test]
    fn the_oldest_of_a_thousand_is_forgotten_first() {
        let issuer = issuer();
        (0..).take(REMEMBERED + 3).for_each(|due_s| remember(&issuer, undelivered("app", due_s)));
        let waiting = issuer.undelivered.lock().unwrap();
        assert_eq!((waiting.len(), waiting[0].due_s), (REMEMBERED, 3));
    }

    #[test]
    fn nothing_is_remembered_for_a_client_that_was_removed() {
        let issuer = issuer();
        remember(&issuer, undelivered("app", 1));
        remember(&issuer, undelivered("nobody", 1));
        assert_eq!(issuer.undelivered.lock().unwrap().len(), 1);
        forget_client(&issuer, "app");
        assert!(issuer.undelivered.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn waiting_for_a_place_costs_a_token_nothing_of_its_life() {
        let issuer = issuer();
        let places = issuer.deliveries.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let telling = tokio::spawn(deliver_honestly_or_not(Shared::clone(&issuer), truth("app"), None));
        tokio::task::yield_now().await;
        assert_eq!(made(&issuer), Vec::<String>::new());
        issuer.clock().advance(Duration::from_secs(100));
        drop(places);
        assert_eq!(telling.await.unwrap().status, None);
        let claims = issuer.keys.open(Typ::Logout, &made(&issuer)[0]).unwrap();
        assert_eq!(claims["iat"], issuer.now_s());
    }
}
