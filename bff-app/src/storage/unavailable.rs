//! A store that does not answer.

use http::StatusCode;

use crate::problem::Problem;

/// A store does not answer. Whoever depends on it is refused: without it nobody can say who is signed in.
#[derive(Debug, thiserror::Error)]
#[error("{store} does not answer: {why}")]
pub(crate) struct Unavailable {
    store: &'static str,
    remedy: &'static str,
    why: String,
}

impl Unavailable {
    pub(crate) fn new(store: &'static str, remedy: &'static str, why: impl Into<String>) -> Self {
        Self { store, remedy, why: why.into() }
    }
}

/// The user is told which store it is and what to do; why it does not answer can name addresses, and stands in the log.
impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        let Unavailable { store, remedy, why } = unavailable;
        tracing::error!(store, %why, "a store does not answer");
        let detail = format!("{store} does not answer, so nobody can be signed in: {remedy}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_learns_the_store_and_the_remedy_and_not_the_address() {
        let problem = Problem::from(Unavailable::new("Redis", "start it", "connection to 10.0.0.1 refused"));
        assert_eq!(problem.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem.detail.contains("Redis") && problem.detail.contains("start it"), "{}", problem.detail);
        assert!(!problem.detail.contains("10.0.0.1"), "{}", problem.detail);
    }
}
