//! Sessions: what one holds, and the two places where it can live.

pub(crate) mod cookie;
mod memory;
mod sealed_cookie;

use hosting::{Handed, Kind};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::settings::{SessionStore, Settings};
use memory::Memory;
use sealed_cookie::SealedCookie;

/// A user's session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) sub: String,
    pub(crate) username: String,
    pub(crate) name: String,
    /// The provider's `sid`, by which back-channel logout finds it.
    pub(crate) sid: Option<String>,
    pub(crate) tokens: Tokens,
    /// When it began and was last used, in seconds since 1970.
    pub(crate) began_s: u64,
    pub(crate) used_s: u64,
}

/// The tokens, which never leave the server unless a switch hands them out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) access_expires_s: u64,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹tokens›")
    }
}

/// A session with the key under which it can be changed and ended.
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) session: Session,
    /// What the response must set where the session lives in the cookie.
    pub(crate) set_cookie: Option<HeaderValue>,
}

/// Where sessions live.
pub(crate) struct Sessions {
    settings: Settings,
    handed: Handed,
    memory: Memory,
    sealed: SealedCookie,
}

impl Sessions {
    pub(crate) fn new(settings: &Settings, handed: &Handed) -> Self {
        Self {
            settings: settings.clone(),
            handed: handed.clone(),
            memory: Memory::default(),
            sealed: SealedCookie::new(),
        }
    }

    /// Begins a session and returns the `Set-Cookie` line.
    pub(crate) fn begin(&self, headers: &HeaderMap, session: Session) -> HeaderValue {
        let life_s = self.settings.session.absolute_s;
        let value = match self.settings.session.store {
            SessionStore::Memory => {
                let planted = self.cookie(headers).ok().flatten().filter(|_| !self.settings.session.rekey.is_on());
                let id = planted.unwrap_or_else(hosting::random_token);
                self.memory.insert(&id, session);
                id
            }
            SessionStore::SealedCookie => self.sealed.seal(&session),
        };
        cookie::minted(&self.handed, Kind::Session, &value);
        cookie::set_session(&self.settings.cookie, &value, life_s)
    }

    /// Finds the session of a request, and slides its idle life.
    ///
    /// # Errors
    ///
    /// 400 when the cookie comes twice, 401 when there is no live session.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Result<Found, Problem> {
        let value = self.cookie(headers)?.ok_or_else(Problem::signed_out)?;
        let now = self.handed.clock.now_s();
        match self.settings.session.store {
            SessionStore::Memory => {
                let live = |session: &Session| self.lives(session, now);
                let session = self.memory.touch(&value, now, live).ok_or_else(Problem::signed_out)?;
                Ok(Found { key: value, session, set_cookie: None })
            }
            SessionStore::SealedCookie => {
                let opened = self.sealed.open(&value).filter(|session| self.lives(session, now));
                let mut session = opened.ok_or_else(Problem::signed_out)?;
                session.used_s = now;
                let value = self.sealed.seal(&session);
                cookie::minted(&self.handed, Kind::Session, &value);
                let left = (session.began_s + self.settings.session.absolute_s).saturating_sub(now);
                let set_cookie = Some(cookie::set_session(&self.settings.cookie, &value, left));
                Ok(Found { key: value, session, set_cookie })
            }
        }
    }

    /// Stores new tokens, and returns the `Set-Cookie` line where the session lives in the cookie.
    pub(crate) fn renew(&self, key: &str, session: &Session, tokens: Tokens) -> Option<HeaderValue> {
        match self.settings.session.store {
            SessionStore::Memory => {
                self.memory.renew(key, tokens);
                None
            }
            SessionStore::SealedCookie => {
                let value = self.sealed.seal(&Session { tokens, ..session.clone() });
                cookie::minted(&self.handed, Kind::Session, &value);
                Some(cookie::set_session(&self.settings.cookie, &value, self.settings.session.absolute_s))
            }
        }
    }

    /// Returns the session as it is stored now: another request may have refreshed it.
    pub(crate) fn current(&self, found: &Found) -> Option<Session> {
        match self.settings.session.store {
            SessionStore::Memory => self.memory.get(&found.key),
            SessionStore::SealedCookie => Some(found.session.clone()),
        }
    }

    /// Ends a session. A sealed one ends only in the browser that is told to forget it.
    pub(crate) fn end(&self, key: &str) {
        self.memory.remove(key);
    }

    /// Ends every session of a provider's session.
    pub(crate) fn end_by_sid(&self, sid: &str) -> usize {
        self.memory.remove_where(|session| session.sid.as_deref() == Some(sid))
    }

    /// Ends every session of a user.
    pub(crate) fn end_by_sub(&self, sub: &str) -> usize {
        self.memory.remove_where(|session| session.sub == sub)
    }

    /// Returns the `Set-Cookie` line that makes a browser forget.
    pub(crate) fn forget(&self) -> HeaderValue {
        cookie::set_session(&self.settings.cookie, "", 0)
    }

    fn lives(&self, session: &Session, now: u64) -> bool {
        let idle = now < session.used_s + self.settings.session.idle_s;
        idle && now < session.began_s + self.settings.session.absolute_s
    }

    fn cookie(&self, headers: &HeaderMap) -> Result<Option<String>, Problem> {
        let name = cookie::session_name(&self.settings.cookie);
        let value = cookie::read(self.settings.cookie.parser, headers, name);
        let value = value.map_err(|error| Problem::new(http::StatusCode::BAD_REQUEST, error.to_string()))?;
        Ok(value.filter(|value| !value.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header;

    use super::*;
    use crate::settings::Switch;

    fn session(now: u64) -> Session {
        let tokens =
            Tokens { access_token: "a".into(), access_expires_s: 1, refresh_token: None, id_token: "i".into() };
        Session {
            sub: "s".into(),
            username: "u".into(),
            name: "n".into(),
            sid: Some("x".into()),
            tokens,
            began_s: now,
            used_s: now,
        }
    }

    fn begun(settings: &Settings, planted: &HeaderMap) -> (Sessions, Handed, HeaderMap) {
        let handed = Handed::for_tests();
        let sessions = Sessions::new(settings, &handed);
        let set_cookie = sessions.begin(planted, session(handed.clock.now_s()));
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        (sessions, handed, cookie_header(&pair))
    }

    fn cookie_header(pair: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        headers
    }

    fn stores() -> [Settings; 2] {
        let mut sealed = Settings::default();
        sealed.session.store = SessionStore::SealedCookie;
        [Settings::default(), sealed]
    }

    #[test]
    fn a_session_left_alone_ends_at_its_idle_second() {
        for settings in stores() {
            let (sessions, handed, headers) = begun(&settings, &HeaderMap::new());
            assert!(sessions.find(&headers).is_ok());
            handed.clock.advance(Duration::from_secs(settings.session.idle_s));
            assert!(sessions.find(&headers).is_err());
        }
    }

    #[test]
    fn use_slides_the_idle_life_but_not_the_absolute_one() {
        let (sessions, handed, headers) = begun(&Settings::default(), &HeaderMap::new());
        for _ in 0..15 {
            handed.clock.advance(Duration::from_secs(1799));
            assert!(sessions.find(&headers).is_ok());
        }
        handed.clock.advance(Duration::from_secs(28_800 - 15 * 1799));
        assert!(sessions.find(&headers).is_err(), "eight hours are the end, however busy they were");
    }

    #[test]
    fn a_session_ends_by_the_providers_sid_and_by_the_user() {
        for (sid, sub, ended) in [("x", "", 1), ("", "s", 1), ("y", "t", 0)] {
            let (sessions, _, headers) = begun(&Settings::default(), &HeaderMap::new());
            assert_eq!(sessions.end_by_sid(sid) + sessions.end_by_sub(sub), ended);
            assert_eq!(sessions.find(&headers).is_err(), ended == 1);
        }
    }

    #[test]
    fn a_planted_id_is_taken_only_by_the_weak_variant() {
        let planted = cookie_header("__Host-Http-session=planted");
        let (_, _, reference) = begun(&Settings::default(), &planted);
        assert_ne!(reference, planted);
        let mut weak = Settings::default();
        weak.session.rekey = Switch::Off;
        assert_eq!(begun(&weak, &planted).2, planted);
    }
}
