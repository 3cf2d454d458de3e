//! Sessions by the cookie of a request: begun, found, renewed.

mod ending;
mod listing;

use std::sync::Arc;

use hosting::{Handed, Kind, random_token};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::Notify;

use super::embedded::Embedded;
use super::lives::Lives;
use super::memory::Memory;
use super::redis::RedisStore;
use super::sealed_cookie::{Opened, SealedCookie};
use super::store::{Slide, Store};
use super::{Found, Renewed, Session, Tokens, cookie};
use crate::Config;
use crate::cannot_start::CannotStart;
use crate::problem::Problem;
use crate::remembered::Remembered;
use crate::settings::{self, SessionStore, Settings, Switch};
use crate::storage::{Backend, Key, key};

/// How much of what a browser calls itself is kept, in characters.
const USER_AGENT: usize = 200;

/// The longest cookie that every browser keeps, in bytes, attributes included (RFC 6265 §6.1).
const LONGEST_COOKIE: usize = 4_096;

/// Where sessions live.
enum Place {
    /// On the server; the cookie carries an opaque id.
    Server(Box<dyn Store>),
    /// In the cookie.
    Cookie(SealedCookie),
}

/// All sessions.
pub(crate) struct Sessions {
    cookie: settings::Cookie,
    rekey: Switch,
    delete_attrs: Switch,
    handed: Handed,
    lives: Lives,
    place: Place,
    ended: Notify,
}

impl Sessions {
    /// Keeps sessions in this place, or in the cookie where the settings say so.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when the place cannot be read.
    pub(crate) fn on(
        backend: &Backend,
        remembered: &Remembered,
        config: &Config,
        settings: &Settings,
        handed: &Handed,
    ) -> Result<Self, CannotStart> {
        let lives = Lives::new(&settings.session);
        let place = if settings.session.store == SessionStore::SealedCookie {
            let revoked = settings.session.revocation_list.is_on().then(|| remembered.clone());
            Place::Cookie(SealedCookie::new(config.storage.key.as_ref(), revoked))
        } else {
            Place::Server(store(backend, lives, settings.session.cache_s, handed.clock.now_s())?)
        };
        Ok(Self {
            cookie: settings.cookie.clone(),
            rekey: settings.session.rekey,
            delete_attrs: settings.logout.delete_attrs,
            handed: handed.clone(),
            lives,
            place,
            ended: Notify::new(),
        })
    }

    /// Opens a place of its own, for the tests of those who need sessions.
    #[cfg(test)]
    pub(crate) fn new(config: &Config, settings: &Settings, handed: &Handed) -> Result<Self, CannotStart> {
        let backend = Backend::open(config, settings)?;
        Self::on(&backend, &Remembered::on(&backend, handed)?, config, settings, handed)
    }

    /// Begins a session and returns the `Set-Cookie` line.
    ///
    /// # Errors
    ///
    /// 503 when the store does not take it, or it does not fit into a cookie.
    pub(crate) async fn begin(&self, headers: &HeaderMap, mut session: Session) -> Result<HeaderValue, Problem> {
        if session.user_agent.is_none() {
            session.user_agent = user_agent(headers);
        }
        let value = match &self.place {
            Place::Server(store) => {
                let id = self.new_id(store.as_ref(), headers).await?;
                store.insert(key_of(&id), Arc::new(session), self.handed.clock.now_s()).await?;
                id
            }
            Place::Cookie(sealed) => sealed.seal(&random_token(), &session),
        };
        self.set_cookie(&value, self.lives.absolute_s)
    }

    /// Returns a fresh id. The session that the browser brought ends here, so that no planted or former one lives on.
    ///
    /// Source: OWASP ASVS 5.0.0 7.2.4.
    async fn new_id(&self, store: &dyn Store, headers: &HeaderMap) -> Result<String, Problem> {
        let brought = self.cookie(headers).ok().flatten();
        let brought = brought.filter(|value| value.bytes().all(|byte| byte.is_ascii_graphic()));
        if let Some(brought) = brought {
            if !self.rekey.is_on() {
                return Ok(brought);
            }
            if store.end(key_of(&brought)).await? {
                self.ended.notify_waiters();
            }
        }
        Ok(random_token())
    }

    /// Finds the session of a request, and begins its idle life again.
    ///
    /// # Errors
    ///
    /// 400 when the cookie comes twice, 401 when there is no live session, 503 when the store does not answer.
    pub(crate) async fn find(&self, headers: &HeaderMap) -> Result<Found, Problem> {
        self.look(headers, Slide::Yes).await
    }

    /// Finds the session of a request that is no use of it: a poll in the background, a stream that lasts.
    ///
    /// # Errors
    ///
    /// As [`Sessions::find`].
    pub(crate) async fn peek(&self, headers: &HeaderMap) -> Result<Found, Problem> {
        self.look(headers, Slide::No).await
    }

    async fn look(&self, headers: &HeaderMap, slide: Slide) -> Result<Found, Problem> {
        let value = self.cookie(headers)?.ok_or_else(Problem::signed_out)?;
        let now = self.handed.clock.now_s();
        match &self.place {
            Place::Server(store) => {
                let kept = store.find(key_of(&value), now, slide).await?.ok_or_else(Problem::signed_out)?;
                Ok(Found { key: value, session: kept.session, used_s: kept.used_s, set_cookie: None })
            }
            Place::Cookie(sealed) => self.look_into(sealed, &value, now, slide).await,
        }
    }

    async fn look_into(&self, sealed: &SealedCookie, value: &str, now: u64, slide: Slide) -> Result<Found, Problem> {
        let lives = |it: &Opened| self.lives.is_alive(&it.session, it.session.used_s, now);
        let mut opened = sealed.open(value, now).filter(lives).ok_or_else(Problem::signed_out)?;
        let key = opened.key();
        if sealed.is_ended(&key).await? {
            return Err(Problem::signed_out());
        }
        let is_news = opened.is_behind || now > opened.session.used_s;
        let set_cookie = (slide == Slide::Yes && is_news).then(|| {
            opened.session.used_s = now;
            self.set_sealed(sealed, &key, &opened.session, now)
        });
        let set_cookie = set_cookie.transpose()?;
        Ok(Found { key, used_s: opened.session.used_s, session: Arc::new(opened.session), set_cookie })
    }

    /// Keeps new tokens.
    ///
    /// # Errors
    ///
    /// 401 when the session was ended meanwhile, and stays so; 503 when the store does not answer, or the session no
    /// longer fits into its cookie.
    pub(crate) async fn renew(&self, key: &str, session: &Session, tokens: Tokens) -> Result<Renewed, Problem> {
        let session = Arc::new(Session { tokens, ..session.clone() });
        let set_cookie = match &self.place {
            Place::Server(store) => {
                if !store.renew(key_of(key), Arc::clone(&session)).await? {
                    return Err(Problem::signed_out());
                }
                None
            }
            Place::Cookie(sealed) => {
                if sealed.is_ended(key).await? {
                    return Err(Problem::signed_out());
                }
                let now = self.handed.clock.now_s();
                let set_cookie = self.set_sealed(sealed, key, &session, now)?;
                sealed.overlap(key, &session, now);
                Some(set_cookie)
            }
        };
        Ok(Renewed { session, set_cookie })
    }

    /// Returns the session as it is now: another request may have renewed it, or ended it.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn current(&self, found: &Found) -> Result<Option<Arc<Session>>, Problem> {
        let now = self.handed.clock.now_s();
        match &self.place {
            Place::Server(store) => {
                let kept = store.find(key_of(&found.key), now, Slide::No).await?;
                Ok(kept.map(|kept| kept.session))
            }
            Place::Cookie(sealed) => {
                if sealed.is_ended(&found.key).await? {
                    return Ok(None);
                }
                Ok(Some(sealed.renewed(&found.key, now).unwrap_or_else(|| Arc::clone(&found.session))))
            }
        }
    }

    /// Tells whether a session lives, for streams that last. Of a sealed one it tells what the server can know.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn is_alive(&self, key: &str) -> Result<bool, Problem> {
        let now = self.handed.clock.now_s();
        match &self.place {
            Place::Server(store) => Ok(store.find(key_of(key), now, Slide::No).await?.is_some()),
            Place::Cookie(sealed) => {
                let is_young = now < SealedCookie::began_s(key).saturating_add(self.lives.absolute_s);
                Ok(is_young && !sealed.is_ended(key).await?)
            }
        }
    }

    /// Tells whoever waits that sessions have ended at this replica; ask then whether one's own still lives.
    pub(crate) fn ended(&self) -> &Notify {
        &self.ended
    }

    /// Returns how long sessions last.
    pub(crate) fn lives(&self) -> Lives {
        self.lives
    }

    /// Returns the `Set-Cookie` line that makes a browser forget.
    pub(crate) fn forget(&self) -> HeaderValue {
        cookie::forget_session(&self.cookie, self.delete_attrs)
    }

    fn set_sealed(
        &self,
        sealed: &SealedCookie,
        key: &str,
        session: &Session,
        now: u64,
    ) -> Result<HeaderValue, Problem> {
        self.set_cookie(&sealed.seal(key, session), self.lives.ends_s(session).saturating_sub(now))
    }

    /// Refuses a cookie that browsers would drop without a word, and sign the user in again and again.
    fn set_cookie(&self, value: &str, life_s: u64) -> Result<HeaderValue, Problem> {
        self.handed.credentials.mint(Kind::Session, value);
        let line = cookie::set_session(&self.cookie, value, life_s);
        if line.len() > LONGEST_COOKIE {
            let detail = "the session does not fit into a cookie: use a store on the server (session.store)";
            return Err(Problem::fixed(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
        Ok(line)
    }

    fn cookie(&self, headers: &HeaderMap) -> Result<Option<String>, Problem> {
        let name = cookie::session_name(&self.cookie);
        let value = cookie::read(self.cookie.parser, headers, name);
        let value = value.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        Ok(value.filter(|value| !value.is_empty()))
    }
}

fn store(backend: &Backend, lives: Lives, cache_s: u64, now: u64) -> Result<Box<dyn Store>, CannotStart> {
    let store: Box<dyn Store> = match backend {
        Backend::Memory => Box::new(Memory::new(lives)),
        Backend::Embedded(journal) => Box::new(Embedded::new(Arc::clone(journal), lives, now)?),
        Backend::Redis(redis) => Box::new(RedisStore::new(Arc::clone(redis), lives, cache_s)),
    };
    Ok(store)
}

fn key_of(value: &str) -> Key {
    key("session", value)
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(name.chars().take(USER_AGENT).collect())
}

#[cfg(test)]
mod tests;
