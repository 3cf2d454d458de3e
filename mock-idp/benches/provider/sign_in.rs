//! A whole sign-in by the code flow with PKCE: the authorization request, the login form, the code for tokens.

use anyhow::{Context as _, Result};
use url::Url;

use crate::connection::{Answer, Connection};
use crate::requests;

/// What a sign-in gives, as far as the load goes on with it.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// Signs the user in, in a session of its own.
///
/// # Errors
///
/// When an answer is not the one that leads on, or the ID token is missing.
pub(crate) async fn sign_in(connection: &mut Connection) -> Result<Tokens> {
    let form = connection.send(&requests::authorization()).await?.with_status(200)?;
    let transaction = form.between("name=\"transaction\" value=\"", "\"").context("no login form")?.to_owned();
    let code = code(connection.send(&requests::login(&transaction)).await?.with_status(303)?)?;
    let tokens = connection.send(&requests::code(&code)).await?.with_status(200)?;
    tokens.member("id_token")?;
    Ok(Tokens {
        access_token: tokens.member("access_token")?.to_owned(),
        refresh_token: tokens.member("refresh_token")?.to_owned(),
    })
}

/// Source: RFC 6749 §4.1.2.
fn code(answer: Answer<'_>) -> Result<String> {
    let location = answer.header("location").context("no redirect after sign-in")?;
    let url = Url::parse(location).context("read the address after sign-in")?;
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
    code.context("no code after sign-in")
}
