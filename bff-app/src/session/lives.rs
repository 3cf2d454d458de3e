//! How long a session lasts, by our clock alone.

use super::Session;
use crate::settings::{self, Switch};

/// How long sessions last.
#[derive(Clone, Copy)]
pub(crate) struct Lives {
    /// How many seconds one may go unused.
    pub(super) idle_s: u64,
    /// How many seconds one may last in all.
    pub(super) absolute_s: u64,
    rt_align: Switch,
}

impl Lives {
    pub(super) fn new(settings: &settings::Session) -> Self {
        Self { idle_s: settings.idle_s, absolute_s: settings.absolute_s, rt_align: settings.rt_align }
    }

    /// Returns when a session ends however busy it is: with its refresh token, where the provider has said when.
    ///
    /// Source: RFC 10017 §6.1.2.2.
    pub(crate) fn ends_s(self, session: &Session) -> u64 {
        let absolute = session.began_s.saturating_add(self.absolute_s);
        let refresh = session.tokens.refresh_expires_s.filter(|_| self.rt_align.is_on());
        refresh.map_or(absolute, |refresh| refresh.min(absolute))
    }

    /// Returns when a session ends that nobody uses.
    pub(crate) fn idles_out_s(self, used_s: u64) -> u64 {
        used_s.saturating_add(self.idle_s)
    }

    pub(super) fn is_alive(self, session: &Session, used_s: u64, now: u64) -> bool {
        now < self.idles_out_s(used_s) && now < self.ends_s(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;

    fn lives(rt_align: Switch) -> Lives {
        Lives::new(&settings::Session { idle_s: 10, absolute_s: 100, rt_align, ..settings::Session::default() })
    }

    #[test]
    fn the_first_end_counts() {
        let session = sample("alice", None, 1_000);
        let alive = |used_s, now| lives(Switch::On).is_alive(&session, used_s, now);
        assert!(alive(1_000, 1_009) && !alive(1_000, 1_010), "unused");
        assert!(alive(1_095, 1_099) && !alive(1_095, 1_100), "too old");
    }

    #[test]
    fn the_refresh_token_takes_the_session_with_it_unless_that_is_switched_off() {
        let mut session = sample("alice", None, 1_000);
        session.tokens.refresh_expires_s = Some(1_005);
        assert_eq!(lives(Switch::On).ends_s(&session), 1_005);
        assert_eq!(lives(Switch::Off).ends_s(&session), 1_100);
        session.tokens.refresh_expires_s = Some(u64::MAX);
        assert_eq!(lives(Switch::On).ends_s(&session), 1_100);
    }
}
