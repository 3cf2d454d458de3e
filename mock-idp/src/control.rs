//! What an administrator can do beside the protocol, and what can be read of the provider.

use std::time::Duration;

use crate::clients::{BadClient, Client};
use crate::events::{Event, Happened, Note};
use crate::issuer::Shared;
use crate::logout::{self, Notified};
use crate::misbehaviour::{ArmedLie, Lie};
use crate::users::User;

/// How many things the provider remembers at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Counts {
    /// Sessions of users.
    pub sessions: usize,
    /// Authorization requests that wait for a password.
    pub pending: usize,
    /// Pushed authorization requests.
    pub pushed: usize,
    /// Codes, used ones included.
    pub codes: usize,
    /// What users have granted.
    pub grants: usize,
    /// Access tokens.
    pub access_tokens: usize,
    /// Refresh tokens, replaced ones included.
    pub refresh_tokens: usize,
    /// Identifiers of assertions and proofs that were taken.
    pub seen: usize,
    /// Session cookies, those of ended sessions included.
    pub cookies: usize,
    /// Requests that wait for the user's consent.
    pub questions: usize,
    /// Sign-outs that wait for the user's answer.
    pub confirmations: usize,
    /// Logout tokens that no application has taken.
    pub undelivered: usize,
    /// Lies that wait for their occasion.
    pub armed: usize,
    /// Signing keys, replaced ones included.
    pub keys: usize,
}

/// A session as an administrator sees it.
#[derive(Clone, Debug, serde::Serialize, schemars::JsonSchema)]
pub struct SessionSeen {
    /// The session's public name.
    pub sid: String,
    /// Whose it is.
    pub username: String,
    /// When the password was last seen, in seconds since 1970-01-01T00:00:00Z.
    pub auth_time_s: u64,
    /// The clients that have signed in by it.
    pub clients: Vec<String>,
}

/// A handle on a running provider; clones share it.
#[derive(Clone)]
pub struct Control {
    issuer: Shared,
}

impl Control {
    pub(crate) fn new(issuer: Shared) -> Self {
        Self { issuer }
    }

    /// Ends every session of a user, and returns when every application of them has been told.
    pub async fn end_session_of(&self, username: &str) -> Vec<Notified> {
        let Some(user) = self.issuer.registry.user_called(username) else { return Vec::new() };
        self.administered(format!("end the sessions of {username}"));
        logout::end_sessions_of(&self.issuer, &user.sub).await
    }

    /// Ends one session, and returns when every application of it has been told.
    pub async fn end_session(&self, sid: &str) -> Vec<Notified> {
        self.administered("end a session".to_owned());
        logout::end_session(&self.issuer, sid).await.notified
    }

    /// Returns every session that has not ended.
    pub fn sessions(&self) -> Vec<SessionSeen> {
        let sessions = self.issuer.sessions.values().into_iter();
        let mut seen: Vec<_> = sessions
            .map(|session| SessionSeen {
                sid: session.sid.to_string(),
                username: self.issuer.username_of(&session),
                auth_time_s: session.auth_time_s,
                clients: session.clients.iter().map(|joined| joined.client_id.to_string()).collect(),
            })
            .collect();
        seen.sort_by(|a, b| (a.auth_time_s, &a.sid).cmp(&(b.auth_time_s, &b.sid)));
        seen
    }

    /// Sends again every logout token that nobody took.
    pub async fn redeliver(&self) -> Vec<Notified> {
        logout::redeliver(&self.issuer).await
    }

    /// Returns every user.
    pub fn users(&self) -> Vec<User> {
        self.issuer.registry.users().iter().map(|user| User::clone(user)).collect()
    }

    /// Registers a user, or changes the one with this `sub`; a disabled one loses every session and token.
    pub async fn put_user(&self, user: User) -> Vec<Notified> {
        self.administered(format!("register the user {}", user.username));
        let (sub, disabled) = (user.sub.clone(), user.disabled);
        self.issuer.register_user(user);
        if !disabled {
            return Vec::new();
        }
        self.issuer.grants.remove_where(|grant| *grant.sub == *sub);
        self.issuer.codes.remove_where(|code| *code.sub == *sub);
        self.issuer.consents.forget(&sub);
        logout::end_sessions_of(&self.issuer, &sub).await
    }

    /// Disables a user, and returns when every application has been told; nothing where there is no such user.
    pub async fn disable(&self, username: &str) -> Option<Vec<Notified>> {
        let user = self.issuer.registry.user_called(username)?;
        Some(self.put_user(User { disabled: true, ..User::clone(&user) }).await)
    }

    /// Changes what a user may do, and tells whether there is such a user.
    ///
    /// Tokens that are resolved by the provider say it at once, signed ones when they are issued anew.
    pub fn change_roles(&self, username: &str, roles: Vec<String>) -> bool {
        let Some(user) = self.issuer.registry.user_called(username) else { return false };
        self.administered(format!("change the roles of {username}"));
        self.issuer.registry.put_user(User { roles, ..User::clone(&user) });
        true
    }

    /// Changes a user's password, and ends every session that the old one began; nothing where there is no such user.
    pub async fn change_password(&self, username: &str, password: hosting::Secret) -> Option<Vec<Notified>> {
        let user = self.issuer.registry.user_called(username)?;
        self.administered(format!("change the password of {username}"));
        self.issuer.register_user(User { password, ..User::clone(&user) });
        Some(logout::end_sessions_of(&self.issuer, &user.sub).await)
    }

    /// Returns every client.
    pub fn clients(&self) -> Vec<Client> {
        self.issuer.registry.clients().iter().map(|client| Client::clone(client)).collect()
    }

    /// Registers a client, or changes one.
    ///
    /// # Errors
    ///
    /// [`BadClient`] when the registration is not whole, or names what the profile forbids; nothing changes then.
    pub fn put_client(&self, client: Client) -> Result<(), BadClient> {
        let detail = format!("register the client {}", client.id);
        self.issuer.register(client)?;
        self.administered(detail);
        Ok(())
    }

    /// Removes a client and everything that was granted to it or waits for it, and tells whether there was one.
    pub fn remove_client(&self, id: &str) -> bool {
        let removed = self.issuer.registry.remove_client(id).is_some();
        if removed {
            self.administered(format!("remove the client {id}"));
            let issuer = &self.issuer;
            issuer.armed.disarm(None, Some(id));
            issuer.grants.remove_where(|grant| *grant.client_id == *id);
            issuer.codes.remove_where(|code| *code.client_id == *id);
            issuer.pending.remove_where(|request| *request.client_id == *id);
            issuer.questions.remove_where(|question| *question.request.client_id == *id);
            issuer.pushed.remove_where(|request| request.get("client_id") == Some(id));
            issuer.confirmations.remove_where(|confirmation| confirmation.client_id.as_deref() == Some(id));
            issuer.sessions.change_all(|session| session.clients.retain(|joined| *joined.client_id != *id));
            issuer.consents.forget_client(id);
            logout::forget_client(issuer, id);
        }
        removed
    }

    /// Makes a new key for every algorithm in use.
    ///
    /// The old ones stay published until they are withdrawn, the eight last of each algorithm at most.
    pub fn rotate_keys(&self) {
        self.administered("rotate the keys".to_owned());
        self.issuer.keys.rotate();
    }

    /// Withdraws every key that was replaced.
    pub fn withdraw_replaced_keys(&self) {
        self.administered("withdraw the replaced keys".to_owned());
        self.issuer.keys.withdraw_replaced();
    }

    /// Returns the public keys as a JWK set.
    pub fn jwks(&self) -> serde_json::Value {
        self.issuer.keys.jwks()
    }

    /// Arms a lie.
    pub fn arm(&self, lie: ArmedLie) {
        self.administered(format!("arm {}", lie.lie.name()));
        self.issuer.armed.arm(lie);
    }

    /// Returns the lies that wait for their occasion.
    pub fn armed(&self) -> Vec<ArmedLie> {
        self.issuer.armed.list()
    }

    /// Disarms every lie.
    pub fn disarm_all(&self) {
        self.disarm(None, None);
    }

    /// Disarms the lies of this name and for this client, where either is given, and returns how many there were.
    pub fn disarm(&self, lie: Option<Lie>, client_id: Option<&str>) -> usize {
        let lie_name = lie.map_or("every lie", Lie::name);
        let whose = client_id.map_or_else(String::new, |id| format!(" for the client {id}"));
        self.administered(format!("disarm {lie_name}{whose}"));
        self.issuer.armed.disarm(lie, client_id)
    }

    /// Returns what happened after the event of this number, oldest first.
    pub fn events_after(&self, n: u64) -> Vec<Event> {
        self.issuer.events.after(n)
    }

    /// Moves the clock forward, and sends what was held back until then.
    pub async fn advance(&self, by: Duration) -> Vec<Notified> {
        self.administered(format!("move the clock by {} s", by.as_secs()));
        self.issuer.clock().advance(by);
        logout::redeliver(&self.issuer).await
    }

    /// Returns the time of the provider's clock, in seconds since 1970-01-01T00:00:00Z.
    pub fn now_s(&self) -> u64 {
        self.issuer.now_s()
    }

    /// Makes values of the kind that every credential is, for a look at their randomness.
    pub fn sample(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.issuer.random_token()).collect()
    }

    /// Counts what has not expired, and drops what has.
    pub fn counts(&self) -> Counts {
        Counts {
            sessions: self.issuer.sessions.len(),
            pending: self.issuer.pending.len(),
            pushed: self.issuer.pushed.len(),
            codes: self.issuer.codes.len(),
            grants: self.issuer.grants.len(),
            access_tokens: self.issuer.access_tokens.len(),
            refresh_tokens: self.issuer.refresh_tokens.len(),
            seen: self.issuer.seen.len(),
            cookies: self.issuer.cookies.len(),
            questions: self.issuer.questions.len(),
            confirmations: self.issuer.confirmations.len(),
            undelivered: logout::undelivered(&self.issuer),
            armed: self.issuer.armed.list().len(),
            keys: self.issuer.keys.len(),
        }
    }

    fn administered(&self, detail: String) {
        self.issuer.note(Happened::Administered, Note { detail: Some(detail), ..Note::default() });
    }
}
