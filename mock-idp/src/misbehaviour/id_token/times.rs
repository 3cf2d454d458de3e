//! Times at which a token cannot be good, and times that are none.

use serde_json::json;

use super::IdTokenLie as Lie;
use super::claims::{Changes, set, without};

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
const YEAR_S: u64 = 365 * DAY_S;

/// Returns what becomes of the times.
pub(super) fn changes(now_s: u64, lie: Lie) -> Option<Changes> {
    match lie {
        Lie::ExpMissing => Some(without("exp")),
        Lie::ExpPast => {
            let (iat, exp) = (now_s - HOUR_S - 300, now_s - HOUR_S);
            Some(vec![("iat", Some(json!(iat))), ("exp", Some(json!(exp)))])
        }
        Lie::ExpHuge => Some(set("exp", json!(1e300))),
        Lie::ExpText => Some(set("exp", json!((now_s + 300).to_string()))),
        Lie::IatMissing => Some(without("iat")),
        Lie::IatFuture => {
            let (iat, exp) = (now_s + YEAR_S, now_s + YEAR_S + 300);
            Some(vec![("iat", Some(json!(iat))), ("exp", Some(json!(exp)))])
        }
        Lie::NbfFuture => Some(set("nbf", json!(now_s + DAY_S))),
        Lie::AuthTimeFuture => Some(set("auth_time", json!(now_s + YEAR_S))),
        Lie::AuthTimeMissing => Some(without("auth_time")),
        _ => None,
    }
}
