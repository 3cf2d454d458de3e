//! What the load does, again and again, and how it knows that it was done.

use anyhow::{Context as _, Result, ensure};
use hosting::random_token;
use serde_json::Value;

use crate::connection::Connection;
use crate::names::{ASKING, CACHING, VERIFYING};
use crate::proofs::Proofs;
use crate::requests;
use crate::world::World;

/// What stands in the answer of the API.
const ACCOUNTS: &str = "\"accounts\":[";

/// How many proofs one measurement sends at most: the API remembers 50 000 in two minutes, and refuses more.
const MOST_PROOFS: u32 = 2_500;

/// A piece of work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A constant text, served by the listener that serves the API: a limit.
    Hello,
    /// The same after one ES256 verification.
    VerifyingHello,
    /// A list of orders through a proxy that checks nothing: a limit.
    PlainProxy,
    /// A call with a reference token about which the issuer was asked before.
    Cached,
    /// A call with a reference token about which the issuer is asked.
    Asked,
    /// A call with a JWT.
    Jwt,
    /// A call with a proof, and with a reference token about which the issuer was asked before.
    Proven,
}

/// A piece of work that one connection is ready to ask for.
pub(crate) enum Operation {
    /// The same request each time; its answer contains the text.
    Same(Vec<u8>, &'static str),
    /// Another proof each time, with the nonce that came last.
    Proven(Box<Proofs>, String),
}

impl Work {
    /// Does once what must come before.
    pub(crate) async fn prepare(self, world: &World, connection: &mut Connection) -> Result<Operation> {
        Ok(match self {
            Self::Hello => Operation::Same(requests::hello(), "hello"),
            Self::VerifyingHello => Operation::Same(requests::verifying_hello(), "hello"),
            Self::PlainProxy => Operation::Same(requests::orders(), "\"orders\":["),
            Self::Cached => Operation::Same(requests::accounts(CACHING, &random_token()), ACCOUNTS),
            Self::Asked => Operation::Same(requests::accounts(ASKING, &random_token()), ACCOUNTS),
            Self::Jwt => Operation::Same(requests::accounts(VERIFYING, &jwt(world).await?), ACCOUNTS),
            Self::Proven => {
                let proofs = Proofs::new()?;
                let request = requests::proven_accounts(proofs.token(), &proofs.proof(None));
                let nonce = connection.send(&request).await?.with_status(401)?.header("dpop-nonce");
                let nonce = nonce.context("the API asks for no nonce")?.to_owned();
                Operation::Proven(Box::new(proofs), nonce)
            }
        })
    }

    /// Returns how many operations one measurement may be.
    pub(crate) fn most(self) -> u32 {
        if self == Self::Proven { MOST_PROOFS } else { u32::MAX }
    }

    /// Takes the hello off where it only carries what is measured.
    pub(crate) fn net_us(self, cost_us: f64, hello_us: f64) -> f64 {
        if self == Self::VerifyingHello { cost_us - hello_us } else { cost_us }
    }
}

async fn jwt(world: &World) -> Result<String> {
    let mut connection = world.connect_to_issuer().await?;
    let answer = connection.send(&requests::token()).await?.with_status(200)?;
    let answer: Value = serde_json::from_str(answer.body).context("read the issuer's answer")?;
    answer["access_token"].as_str().map(str::to_owned).context("no access_token in the issuer's answer")
}

impl Operation {
    pub(crate) async fn perform(&mut self, connection: &mut Connection) -> Result<()> {
        match self {
            Self::Same(request, text) => {
                let answer = connection.send(request).await?.with_status(200)?;
                ensure!(answer.body.contains(*text), "no {text} in {}", answer.body);
            }
            Self::Proven(proofs, nonce) => {
                let request = requests::proven_accounts(proofs.token(), &proofs.proof(Some(nonce.as_str())));
                let answer = connection.send(&request).await?.with_status(200)?;
                ensure!(answer.body.contains(ACCOUNTS), "no {ACCOUNTS} in {}", answer.body);
                answer.header("dpop-nonce").context("no nonce for the next proof")?.clone_into(nonce);
            }
        }
        Ok(())
    }
}
