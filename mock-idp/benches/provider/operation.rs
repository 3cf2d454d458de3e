//! What the load does, again and again, and how it knows that it was done.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::connection::Connection;
use crate::registration::{ES256_API, OPAQUE_API, RS256_API};
use crate::requests;
use crate::sign_in::sign_in;
use crate::signature::Algorithm;

/// A piece of work of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A constant text, served by the listener that serves the provider: the limit.
    Hello,
    /// A constant text, served by axum alone.
    BareHello,
    /// A constant text and one signature, served by the listener that serves the provider.
    SignedHello(Algorithm),
    /// The provider's metadata.
    Discovery,
    /// The provider's public keys.
    Jwks,
    /// An opaque access token for a client's own credentials.
    OpaqueToken,
    /// A signed access token for a client's own credentials.
    JwtToken(Algorithm),
    /// What a user's access token is worth.
    Introspection,
    /// Fresh tokens for a refresh token, which is replaced.
    Refresh,
    /// A user's whole sign-in.
    Login,
}

/// A piece of work that one connection is ready to ask for.
pub(crate) enum Operation {
    /// The same request each time; its answer contains the text.
    Same(Vec<u8>, &'static str),
    /// A refresh with the token that the last one gave.
    Refresh(String),
    /// Three requests.
    Login,
}

impl Work {
    /// Does once what must come before, and checks that the answers are what the row's name says.
    pub(crate) async fn prepare(self, connection: &mut Connection) -> Result<Operation> {
        Ok(match self {
            Self::Hello | Self::BareHello => Operation::Same(requests::hello(), "hello"),
            Self::SignedHello(algorithm) => Operation::Same(requests::signed_hello(algorithm.name()), "hello"),
            Self::Discovery => Operation::Same(requests::discovery(), "\"issuer\":"),
            Self::Jwks => Operation::Same(requests::jwks(), "\"keys\":"),
            Self::OpaqueToken => tokens(connection, OPAQUE_API, None).await?,
            Self::JwtToken(algorithm) => tokens(connection, api(algorithm), Some(algorithm)).await?,
            Self::Introspection => {
                let access_token = sign_in(connection).await?.access_token;
                Operation::Same(requests::introspection(&access_token), "\"active\":true")
            }
            Self::Refresh => Operation::Refresh(sign_in(connection).await?.refresh_token),
            Self::Login => Operation::Login,
        })
    }
}

impl Operation {
    pub(crate) async fn perform(&mut self, connection: &mut Connection) -> Result<()> {
        match self {
            Self::Same(request, expected) => {
                let answer = connection.send(request).await?.with_status(200)?;
                ensure!(answer.body.contains(*expected), "no {expected} in {}", answer.body);
            }
            Self::Refresh(refresh_token) => {
                let answer = connection.send(&requests::refresh(refresh_token)).await?.with_status(200)?;
                answer.member("id_token")?;
                let next = answer.member("refresh_token")?;
                ensure!(next != refresh_token.as_str(), "the refresh token was not replaced");
                next.clone_into(refresh_token);
            }
            Self::Login => drop(sign_in(connection).await?),
        }
        Ok(())
    }
}

fn api(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 => ES256_API,
        Algorithm::Rs256 => RS256_API,
    }
}

async fn tokens(connection: &mut Connection, api: &str, expected: Option<Algorithm>) -> Result<Operation> {
    let request = requests::client_credentials(api);
    let answer = connection.send(&request).await?.with_status(200)?;
    let token = answer.member("access_token")?;
    match expected {
        Some(algorithm) => {
            let header = jose_header(token)?;
            let is_expected = header.contains(&format!("\"alg\":\"{}\"", algorithm.name()));
            ensure!(is_expected, "not available: tokens are signed with {header}");
        }
        None => ensure!(!token.contains('.'), "the access token is not opaque"),
    }
    Ok(Operation::Same(request, "\"access_token\":"))
}

fn jose_header(token: &str) -> Result<String> {
    let (header, _) = token.split_once('.').context("the access token is not a JWT")?;
    let bytes = URL_SAFE_NO_PAD.decode(header).context("decode the header of the access token")?;
    String::from_utf8(bytes).context("read the header of the access token")
}
