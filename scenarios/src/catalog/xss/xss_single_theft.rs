//! Script runs once, takes what it can, and the attacker uses it from another machine.

use anyhow::{Context as _, Result, ensure};
use hosting::{Kind, Secret};
use http::{Method, StatusCode};
use url::Url;

use super::{loot, xss_inventory};
use crate::actors::user_agent::UserAgent;
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "xss-single-theft",
    title: "Steal once, use elsewhere",
    property: "nothing that script in the page can carry away is accepted from another machine",
    attacker: Attacker::ScriptInPage,
    steps: &[
        "plant script in the page's bundle, as a compromised dependency would",
        "sign in in a real browser",
        "the script reads all that it can and carries it to the attacker's origin by a navigation",
        "the attacker uses what arrived, from another machine",
    ],
    sources: &[Source::rfc10017("5.1.1"), Source::rfc10017("5.2.2")],
    measures: &[MeasureDef::count(STOLEN, "kinds"), MeasureDef::count(ACCEPTED, "requests")],
    expect,
    controls: &[
        Control { changes: &[("bff.handed_out", "all")] },
        Control { changes: &[("bff.cookie.httponly", "off")] },
    ],
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

const STOLEN: &str = "kinds of credential carried away";
const ACCEPTED: &str = "requests accepted from another machine";

fn expect(deployment: &Deployment) -> Expectation {
    if deployment.architecture == Architecture::Provider {
        NO_APPLICATION
    } else if xss_inventory::exposes(deployment) {
        Violated(vec![(STOLEN, AtLeast(1.0)), (ACCEPTED, AtLeast(1.0))])
    } else {
        Holds(vec![(STOLEN, Exactly(0.0)), (ACCEPTED, Exactly(0.0))])
    }
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    stage.plant("steal")?;
    let browser = stage.browser().await?;
    // The implant navigates away as soon as the page is signed in, so the sign-in ends at the attacker's origin.
    browser.begin_sign_in("alice").await?;
    browser.until("the loot to arrive", "return document.title === 'collected' || null;", vec![]).await?;
    let loot = stage.testbed.attacker.loot().join("\n");
    ensure!(loot.len() > 2, "the implant must have carried something away, or the channel is closed");
    let credentials = &stage.testbed.credentials;
    let stolen = loot::credentials_in(credentials, &loot);
    let kinds: std::collections::BTreeSet<_> = stolen.iter().map(|(kind, _)| *kind).collect();
    let mut accepted = 0;
    for (kind, label, value) in credentials.all() {
        if stolen.iter().any(|(_, known)| *known == label) && is_accepted(stage, kind, &value).await? {
            accepted += 1;
        }
    }
    Ok(Verdict::holds_if(accepted == 0).counting(STOLEN, kinds.len()).counting(ACCEPTED, accepted))
}

/// Uses a stolen credential as a thief would: a cookie at the application, a token wherever the internet answers it.
async fn is_accepted(stage: &Stage, kind: Kind, value: &Secret) -> Result<bool> {
    let origins = &stage.testbed.origins;
    let mut thief = stage.thief();
    match (kind, stage.deployment().architecture) {
        (Kind::AccessToken, Architecture::Spa | Architecture::Tmb) => {
            get(
                &mut thief,
                &format!("{}/accounts", origins.api),
                "authorization",
                &format!("Bearer {}", value.expose()),
            )
            .await
        }
        (Kind::AccessToken, Architecture::Bff) => {
            get(
                &mut thief,
                &format!("{}/userinfo", origins.idp),
                "authorization",
                &format!("Bearer {}", value.expose()),
            )
            .await
        }
        // A public client has no secret, so whoever holds its refresh token is it.
        (Kind::RefreshToken, Architecture::Spa) => {
            let mut user = stage.spa_user();
            user.agent = thief;
            Ok(user.refresh(value.expose()).await?.status == StatusCode::OK)
        }
        (Kind::Session, _) => {
            let mut user = stage.bff_user();
            user.agent = thief;
            let name = session_cookie_name(stage).await?;
            let cookie = format!("{name}={}", value.expose());
            let url = Url::parse(&format!("{}/bff/user", origins.app))?;
            let answer = user.agent.send(Method::GET, url, &[("x-csrf", "1"), ("cookie", &cookie)], None).await?;
            Ok(answer.status == StatusCode::OK)
        }
        _ => Ok(false),
    }
}

async fn get(thief: &mut UserAgent, url: &str, name: &str, value: &str) -> Result<bool> {
    Ok(thief.send(Method::GET, Url::parse(url)?, &[(name, value)], None).await?.status == StatusCode::OK)
}

/// The attacker knows the cookie's name from a session of their own.
async fn session_cookie_name(stage: &Stage) -> Result<String> {
    let mut attacker = stage.bff_user();
    attacker.sign_in("bob").await?;
    let cookie = attacker.session_cookies().into_iter().next().context("the attacker's own session has a cookie")?;
    Ok(cookie.name)
}
