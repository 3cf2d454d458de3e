//! What the load does, again and again, and how it knows that it was done.

use anyhow::{Result, ensure};

use crate::connection::Connection;
use crate::requests;
use crate::sign_in::sign_in;

/// What stands in the answer of the API.
const ORDERS: &str = "\"orders\":[";

/// What the BFF says to whoever has a session.
pub(crate) const SIGNED_IN: &str = "\"signed_in\":true";

/// A piece of work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A constant text, served by the listener that serves the BFF: a limit.
    Hello,
    /// The same after one ES256 verification.
    VerifyingHello,
    /// A list of orders from the API itself.
    Direct,
    /// The same through a proxy that checks nothing: a limit.
    PlainProxy,
    /// The same through the BFF, for a user who is signed in.
    Proxied,
    /// The same through the BFF, for nobody.
    Refused,
    /// Who is signed in.
    Lookup,
    /// A whole sign-in.
    Login,
}

/// A piece of work that one connection is ready to ask for.
pub(crate) enum Operation {
    /// The same request each time, and what is expected of its answer.
    Same { request: Vec<u8>, status: u16, text: &'static str },
    /// Two requests.
    Login,
}

impl Work {
    /// Does once what must come before.
    pub(crate) async fn prepare(self, connection: &mut Connection) -> Result<Operation> {
        let same = |request, status, text| Operation::Same { request, status, text };
        Ok(match self {
            Self::Hello => same(requests::hello(), 200, "hello"),
            Self::VerifyingHello => same(requests::verifying_hello(), 200, "hello"),
            Self::Direct | Self::PlainProxy => same(requests::direct(), 200, ORDERS),
            Self::Proxied => same(requests::proxied(&sign_in(connection).await?), 200, ORDERS),
            Self::Refused => same(requests::refused(), 401, "nobody is signed in"),
            Self::Lookup => same(requests::lookup(&sign_in(connection).await?), 200, SIGNED_IN),
            Self::Login => Operation::Login,
        })
    }

    /// Takes the hello off where it only carries what is measured.
    pub(crate) fn net_us(self, cost_us: f64, hello_us: f64) -> f64 {
        if self == Self::VerifyingHello { cost_us - hello_us } else { cost_us }
    }
}

impl Operation {
    pub(crate) async fn perform(&mut self, connection: &mut Connection) -> Result<()> {
        match self {
            Self::Same { request, status, text } => {
                let answer = connection.send(request).await?.with_status(*status)?;
                ensure!(answer.body.contains(*text), "no {text} in {}", answer.body);
            }
            Self::Login => drop(sign_in(connection).await?),
        }
        Ok(())
    }
}
