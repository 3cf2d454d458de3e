//! What the scenarios of forged requests share: the target, the bodies, the prediction and the count.

use anyhow::{Context as _, Result, ensure};
use hosting::Origin;

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Control, Expectation, NO_APPLICATION, Verdict};
use crate::stage::Stage;

pub(super) const EXECUTED: &str = "writes carried out";
pub(super) const ARRIVED: &str = "forged requests that arrived";

pub(super) const FORM: &str = "from=alice-current&to=bob-current&amount=1";
pub(super) const JSON: &str = r#"{"from":"alice-current","to":"bob-current","amount":1}"#;
pub(super) const FIELDS: &str =
    "<input name=from value=alice-current><input name=to value=bob-current><input name=amount value=1>";

/// The BFF has header and Origin check, so both must go. A bearer token is no such surface: its nearest mistake is a cookie.
pub(super) const CONTROLS: &[Control] = &[
    Control { changes: &[("bff.csrf.header", "off"), ("bff.csrf.origin", "off")] },
    Control { changes: &[("spa.credential", "cookie")] },
];

/// `N` is how many requests must arrive: fewer mean that the browser held some back, and less was tried than it seems.
pub(super) fn expect<const N: u32>(deployment: &Deployment) -> Expectation {
    let settings = &deployment.settings;
    let open = match deployment.architecture {
        Architecture::Bff => {
            settings.bff.csrf.header == bff_app::Switch::Off && settings.bff.csrf.origin == bff_app::Switch::Off
        }
        Architecture::Provider => return NO_APPLICATION,
        Architecture::Spa | Architecture::Tmb => settings.spa.credential == spa_app::Credential::Cookie,
    };
    let arrived = (ARRIVED, Exactly(f64::from(N)));
    if open {
        Violated(vec![(EXECUTED, AtLeast(1.0)), arrived])
    } else {
        Holds(vec![(EXECUTED, Exactly(0.0)), arrived])
    }
}

/// Where a write of the business goes.
pub(super) fn target(stage: &Stage) -> String {
    match stage.deployment().architecture {
        Architecture::Bff | Architecture::Provider => format!("{}/api/transfers", stage.testbed.origins.app),
        Architecture::Spa | Architecture::Tmb => format!("{}/transfers", stage.testbed.origins.api),
    }
}

/// Signs in and sees that the page's own transfer is carried out, so that a write that fails later failed for a reason.
pub(super) async fn page_works(stage: &mut Stage) -> Result<()> {
    let before = (stage.testbed.transfers)();
    let browser = stage.browser().await?;
    browser.sign_in("alice").await?;
    for (name, value) in [("from", "alice-current"), ("to", "bob-current"), ("amount", "1")] {
        let script = "const field = document.querySelector(`#transfer-form [name=${arguments[0]}]`); field.value = arguments[1]; return true;";
        browser.read(script, vec![name.into(), value.into()]).await.with_context(|| format!("fill in {name}"))?;
    }
    browser.click("#transfer-form [type=submit]").await?;
    let answered =
        stage.testbed.journal.wait_for(|exchange| exchange.path.ends_with("/transfers") && exchange.method == "POST");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(15), answered)
        .await
        .context("the page's own transfer must arrive")?;
    let status = answer.and_then(|exchange| exchange.status).unwrap_or_default();
    ensure!((stage.testbed.transfers)() == before + 1, "the page's own transfer must be carried out, but got {status}");
    Ok(())
}

/// Counts what the ledger did, and what arrived from the attacker's pages at all.
pub(super) fn verdict(stage: &Stage, before: u64, attackers: &[&Origin]) -> Result<Verdict> {
    let executed = usize::try_from((stage.testbed.transfers)() - before)?;
    let arrived = stage
        .testbed
        .journal
        .exchanges()
        .iter()
        .filter(|exchange| exchange.path.contains("/transfers") && came_from(exchange, attackers))
        .count();
    Ok(Verdict::holds_if(executed == 0).counting(EXECUTED, executed).counting(ARRIVED, arrived))
}

fn came_from(exchange: &hosting::Exchange, attackers: &[&Origin]) -> bool {
    exchange.request_headers.iter().any(|(name, value)| {
        let from = name == "origin" || name == "referer";
        from && (value == "null" || attackers.iter().any(|origin| value.starts_with(origin.as_str())))
    })
}
