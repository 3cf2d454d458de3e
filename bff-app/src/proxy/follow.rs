//! The weak variant: redirects are followed, and the credential goes along, wherever that is.

use axum::response::Response;
use http::{Method, StatusCode, Uri, header};

use super::call::{Answered, Call};
use super::location;
use super::outgoing::Outgoing;
use crate::problem::Problem;

/// How many redirects are followed.
const MOST: usize = 5;

/// Follows the redirects of an answer (RFC 9110 §15.4), without the body of the request.
///
/// # Errors
///
/// As for the first call.
pub(super) async fn follow(call: &mut Call<'_>, mut answered: Answered) -> Result<Answered, Problem> {
    for _ in 0..MOST {
        let Some(target) = leads_to(call, &answered.answer) else { break };
        let status = answered.answer.status();
        let keeps = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        if !keeps && call.method != Method::HEAD {
            call.method = Method::GET;
        }
        call.target = target;
        answered.answer = call.once(answered.credential.as_ref(), &mut Outgoing::Nothing).await?;
    }
    Ok(answered)
}

fn leads_to(call: &Call<'_>, answer: &Response) -> Option<Uri> {
    let location = answer.headers().get(header::LOCATION).filter(|_| answer.status().is_redirection())?;
    Uri::try_from(location::resolve(&call.target, location)?.as_str()).ok()
}
