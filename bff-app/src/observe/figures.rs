//! Counters. Every label is known beforehand, so nothing that a caller sends becomes one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

use crate::endpoints::ROUTES;

/// Something that happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A user was signed in.
    SignIn,
    /// A sign-in came to nothing.
    SignInFailed,
    /// A user signed out.
    SignOut,
    /// The provider said that a session has ended.
    SignOutByProvider,
    /// Tokens were refreshed.
    Refresh,
    /// The provider refused to refresh them.
    RefreshRefused,
}

impl Event {
    /// Every event with its name, in the order of the variants.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::SignIn, "sign_in"),
        (Self::SignInFailed, "sign_in_failed"),
        (Self::SignOut, "sign_out"),
        (Self::SignOutByProvider, "sign_out_by_provider"),
        (Self::Refresh, "refresh"),
        (Self::RefreshRefused, "refresh_refused"),
    ];
}

/// Why a request was refused before it reached anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The header against forged requests is missing.
    Header,
    /// Another page sent it.
    Origin,
    /// Its metadata names another site.
    FetchMetadata,
    /// Its body is no JSON.
    ContentType,
    /// Its anti-forgery token is missing or another's.
    Token,
    /// Another page asked for a stream.
    Stream,
    /// It asks for a service worker.
    ServiceWorker,
    /// Its header is too long.
    HeaderLength,
    /// Its logout token, or what stands for one, was not taken.
    Logout,
}

impl Refusal {
    /// Every reason with its name, in the order of the variants.
    pub(super) const ALL: [(Self, &'static str); 9] = [
        (Self::Header, "header"),
        (Self::Origin, "origin"),
        (Self::FetchMetadata, "fetch_metadata"),
        (Self::ContentType, "content_type"),
        (Self::Token, "token"),
        (Self::Stream, "stream"),
        (Self::ServiceWorker, "service_worker"),
        (Self::HeaderLength, "header_length"),
        (Self::Logout, "logout"),
    ];
}

/// The statuses that are counted one by one; all others are counted together.
pub(super) const STATUSES: [u16; 24] = [
    101, 200, 201, 202, 204, 206, 303, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 431, 500, 501, 502, 503,
    504,
];
/// The places of a route's counters: one for each status, and one for all others.
const PLACES: usize = STATUSES.len() + 1;

/// The counters of one application.
pub(super) struct Figures {
    /// By route and status; the last route stands for whatever matched none.
    requests: Vec<[AtomicU64; PLACES]>,
    pub(super) refusals: [AtomicU64; Refusal::ALL.len()],
    pub(super) events: [AtomicU64; Event::ALL.len()],
    /// By kind of stream, how many are open.
    pub(super) streams: [Arc<AtomicU64>; 2],
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            requests: (0..=ROUTES.len()).map(|_| zeros()).collect(),
            refusals: zeros(),
            events: zeros(),
            streams: std::array::from_fn(|_| Arc::default()),
        }
    }
}

fn zeros<const N: usize>() -> [AtomicU64; N] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

impl Figures {
    /// Counts an answer.
    pub(super) fn answered(&self, route: Option<usize>, status: StatusCode) {
        let place = STATUSES.binary_search(&status.as_u16()).unwrap_or(STATUSES.len());
        self.requests[route.unwrap_or(ROUTES.len())][place].fetch_add(1, Ordering::Relaxed);
    }

    /// Returns what was counted: route, status, how often.
    pub(super) fn requests(&self) -> impl Iterator<Item = (&'static str, String, u64)> {
        self.requests.iter().enumerate().flat_map(|(route, counts)| {
            let route = ROUTES.get(route).map_or(UNMATCHED, |route| route.path);
            counts.iter().enumerate().filter_map(move |(place, count)| {
                let status = STATUSES.get(place).map_or_else(|| "other".to_owned(), u16::to_string);
                let count = count.load(Ordering::Relaxed);
                (count > 0).then_some((route, status, count))
            })
        })
    }
}

/// How the route of a request is called that matched none.
pub(super) const UNMATCHED: &str = "unmatched";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_place_of_its_variant() {
        assert!(Event::ALL.iter().enumerate().all(|(place, (event, _))| *event as usize == place));
        assert!(Refusal::ALL.iter().enumerate().all(|(place, (refusal, _))| *refusal as usize == place));
        assert!(STATUSES.is_sorted());
    }

    #[test]
    fn an_unknown_status_is_counted_with_all_others() {
        let figures = Figures::default();
        figures.answered(None, StatusCode::OK);
        figures.answered(None, StatusCode::from_u16(799).unwrap());
        figures.answered(None, StatusCode::IM_A_TEAPOT);
        let counted: Vec<_> = figures.requests().collect();
        assert_eq!(counted, [("unmatched", "200".to_owned(), 1), ("unmatched", "other".to_owned(), 2)]);
    }
}
