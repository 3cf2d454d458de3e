//! A whole sign-in, as a browser sees it of the BFF: it leaves for the provider, and comes back with a code.

use anyhow::{Context as _, Result};
use url::Url;

use crate::connection::Connection;
use crate::requests;

/// Signs a user in whom nobody has seen before, and returns name and value of the session's cookie.
///
/// # Errors
///
/// When an answer is not the one that leads on, or no session begins.
pub(crate) async fn sign_in(connection: &mut Connection) -> Result<String> {
    let leaves = connection.send(&requests::login()).await?.with_status(303)?;
    let transaction = leaves.cookies().next().context("no sign-in begins")?.to_owned();
    let url = leaves.header("location").context("the sign-in leads nowhere")?;
    let url = Url::parse(url).context("read the address of the provider")?;
    // The provider's part: it would ask the user who he is, and give a code for the request.
    let callback = requests::callback(&parameter(&url, "nonce")?, &parameter(&url, "state")?, &transaction);
    let returns = connection.send(&callback).await?.with_status(303)?;
    let session = returns.cookies().find(|cookie| cookie.contains("session="));
    session.map(str::to_owned).with_context(|| format!("nobody is signed in: {:?}", returns.header("location")))
}

fn parameter(url: &Url, name: &str) -> Result<String> {
    let found = url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    found.with_context(|| format!("the request to the provider has no {name}"))
}
