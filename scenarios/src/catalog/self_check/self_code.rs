//! A code is used again, by somebody else, for another address, or too late.
//!
//! A code passes through the browser, so others may see it. Whoever comes second with a code shows that one of the
//! two stole it, and nobody can tell which: what the first use gave must die too.

use std::time::Duration;

use anyhow::{Result, ensure};
use http::StatusCode;

use super::{PROVIDER_ALONE, alive};
use crate::actors::relying_party::{RelyingParty, Tokens};
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-code",
    title: "Codes that were used, or are somebody else's",
    property: "a code works once, in time, for its own client and address, and its return ends what it gave",
    attacker: Attacker::Client,
    steps: &[
        "exchange a code, and see that the access token works",
        "exchange the same code again after 0, 1 and 30 s, and see what became of the tokens of the first use",
        "let another client exchange a code, and then its own",
        "exchange a code with another client's redirect_uri, and then with its own",
        "exchange a code in its last second, and another one a second after its life",
    ],
    sources: &[
        Source::of("RFC 6749", "4.1.2"),
        Source::of("RFC 6749", "4.1.3"),
        Source::of("RFC 6749", "10.5"),
        Source::asvs("10.4.2"),
        Source::asvs("10.4.3"),
    ],
    measures: &[MeasureDef::count(ACCEPTED, "attempts"), MeasureDef::count(ALIVE, "tokens")],
    expect,
    controls: &[Control { changes: &[("idp.code_once", "off")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const ACCEPTED: &str = "attempts accepted of 6";
const ALIVE: &str = "tokens alive of 6 whose code came back";

/// How long after its first use a code comes back, in seconds.
const BACK_AFTER_S: [u32; 3] = [0, 1, 30];

fn expect(deployment: &Deployment) -> Expectation {
    let idp = &deployment.settings.idp;
    // A code that has expired is forgotten: it is refused, but its return is not noticed.
    let forgotten = BACK_AFTER_S.iter().map(|after_s| u32::from(u64::from(*after_s) >= idp.code_life_s)).sum::<u32>();
    let of_each = f64::from(2 * forgotten);
    match (deployment.architecture, idp.code_once) {
        (Architecture::Bff | Architecture::Spa | Architecture::Tmb, _) => PROVIDER_ALONE,
        (Architecture::Provider, mock_idp::Switch::On) if forgotten == 0 => {
            Holds(vec![(ACCEPTED, Exactly(0.0)), (ALIVE, Exactly(0.0))])
        }
        (Architecture::Provider, mock_idp::Switch::On) => {
            Violated(vec![(ACCEPTED, Exactly(0.0)), (ALIVE, Exactly(of_each))])
        }
        // Client, address and expiry are checked all the same; access and refresh token of each first use live on.
        (Architecture::Provider, mock_idp::Switch::Off) => {
            Violated(vec![(ACCEPTED, Exactly(f64::from(3 - forgotten))), (ALIVE, Exactly(6.0))])
        }
    }
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut client = stage.confidential_client();
    let (mut accepted, mut alive) = (Vec::new(), 0);
    for after_s in BACK_AFTER_S {
        let back = come_back(stage, &mut client, Duration::from_secs(after_s.into())).await?;
        if back.is_accepted {
            accepted.push(format!("the same code after {after_s} s"));
        }
        alive += back.alive;
    }
    if by_another_client(stage, &mut client).await? {
        accepted.push("another client".to_owned());
    }
    if for_another_address(stage, &mut client).await? {
        accepted.push("another redirect_uri".to_owned());
    }
    if after_its_life(stage, &mut client).await? {
        accepted.push("a code after its life".to_owned());
    }
    let holds = accepted.is_empty() && alive == 0;
    let mut verdict = Verdict::holds_if(holds).counting(ACCEPTED, accepted.len()).counting(ALIVE, alive);
    verdict.notes = accepted;
    Ok(verdict)
}

/// What came of a code that was used twice.
struct Back {
    is_accepted: bool,
    /// How many of the two tokens of the first use live on.
    alive: usize,
}

async fn come_back(stage: &Stage, client: &mut RelyingParty, after: Duration) -> Result<Back> {
    let code = client.code("alice").await?;
    let first = client.redeem(&code, &[]).await?;
    ensure!(first.status == StatusCode::OK, "the first use must give tokens, but got {}", first.status);
    let tokens = Tokens::of(&first)?;
    ensure!(alive::access_token(stage, &tokens.access_token).await?, "the access token must work at first");
    stage.advance(after);
    let is_accepted = client.redeem(&code, &[]).await?.status == StatusCode::OK;
    let access = alive::access_token(stage, &tokens.access_token).await?;
    let refresh = alive::refresh_token(client, &tokens.refresh_token).await?;
    Ok(Back { is_accepted, alive: usize::from(access) + usize::from(refresh) })
}

async fn by_another_client(stage: &Stage, client: &mut RelyingParty) -> Result<bool> {
    let code = client.code("alice").await?;
    // It knows everything that the rightful client knows, but it is another one.
    let stolen = [("redirect_uri", client.redirect_uri.as_str()), ("code_verifier", client.code_verifier.as_str())];
    let is_accepted = stage.public_client().redeem(&code, &stolen).await?.status == StatusCode::OK;
    see_that_it_was_good(client, &code, is_accepted).await
}

async fn for_another_address(stage: &Stage, client: &mut RelyingParty) -> Result<bool> {
    let code = client.code("alice").await?;
    let foreign = stage.public_client().redirect_uri;
    let is_accepted = client.redeem(&code, &[("redirect_uri", foreign.as_str())]).await?.status == StatusCode::OK;
    see_that_it_was_good(client, &code, is_accepted).await
}

/// A code that was refused must work for its own client and address, or it was refused for another reason.
async fn see_that_it_was_good(client: &mut RelyingParty, code: &str, is_accepted: bool) -> Result<bool> {
    if !is_accepted {
        let honest = client.redeem(code, &[]).await?.status;
        ensure!(honest == StatusCode::OK, "the refused code must be good for its own client, but got {honest}");
    }
    Ok(is_accepted)
}

async fn after_its_life(stage: &Stage, client: &mut RelyingParty) -> Result<bool> {
    let life = Duration::from_secs(stage.deployment().settings.idp.code_life_s);
    let second = Duration::from_secs(1);
    let code = client.code("alice").await?;
    stage.advance(life.saturating_sub(second));
    let in_time = client.redeem(&code, &[]).await?.status;
    ensure!(in_time == StatusCode::OK, "a code must work in its last second, but got {in_time}");
    let code = client.code("alice").await?;
    stage.advance(life + second);
    Ok(client.redeem(&code, &[]).await?.status == StatusCode::OK)
}
