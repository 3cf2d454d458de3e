//! The access token of the user's sign-in, passed on as it is.

use crate::Inner;
use crate::downstream::Credential;
use crate::problem::Problem;
use crate::session::Found;

pub(super) async fn credential(bff: &Inner, found: &Found, refused: Option<&str>) -> Result<Credential, Problem> {
    let fresh = match refused {
        None => bff.fresh_tokens(found).await?,
        Some(refused) => bff.fresher_tokens(found, refused).await?,
    };
    Ok(Credential::of_session(fresh, bff.settings.token.dpop.is_on()))
}
