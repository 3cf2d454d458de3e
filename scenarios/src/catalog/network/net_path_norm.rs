//! The route check and the builder of the upstream URL disagree about what a path means.

use anyhow::{Context as _, Result, ensure};

use crate::deployment::Architecture;
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, NotApplicable, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "net-path-norm",
    title: "Route check and URL builder disagree",
    property: "no path reaches a downstream target outside the proxy's allowed prefix",
    attacker: Attacker::SignedInUser,
    steps: &[
        "sign in",
        "see that an ordinary path reaches the downstream API",
        "send each path of the corpus byte by byte, as no browser would",
        "look in the downstream's own log for paths outside the allowed prefix, and at the attacker's origins for tokens",
    ],
    sources: &[Source::rfc10017("6.1.3.6"), Source::asvs("1.2.2")],
    measures: &[MeasureDef::count(REACHED, "requests"), MeasureDef::neutral(SENT, "paths")],
    expect: |deployment| match deployment.architecture {
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa | Architecture::Tmb => NotApplicable("nothing stands between the page and the API"),
        Architecture::Bff => match deployment.settings.bff.proxy.normalise {
            bff_app::Switch::On => Holds(vec![(REACHED, Exactly(0.0)), (SENT, AtLeast(40.0))]),
            bff_app::Switch::Off => Violated(vec![(REACHED, AtLeast(1.0))]),
        },
    },
    controls: &[Control { changes: &[("bff.proxy.normalise", "off")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const REACHED: &str = "requests outside the allowed prefix";
const SENT: &str = "paths sent";

const CORPUS: &str = include_str!("net_path_norm.txt");

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut user = stage.bff_user();
    user.sign_in("alice").await?;
    let ordinary = user.call(http::Method::GET, "/api/orders/list", None).await?.status;
    ensure!(ordinary == http::StatusCode::OK, "an ordinary path must reach the downstream API, but got {ordinary}");
    let cookie = user.session_cookies().into_iter().next().context("the user has a session cookie")?;
    let headers = format!("cookie: {}={}\r\nx-csrf: 1\r\nsec-fetch-site: same-origin\r\n", cookie.name, cookie.value);
    let evil = stage.testbed.origins.evil.host().to_owned();
    let mut sent = 0;
    for path in CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let path = path.replace("EVIL", &evil);
        stage
            .testbed
            .outbound
            .raw(&stage.testbed.origins.app, &path, &headers)
            .await
            .with_context(|| format!("send {path}"))?;
        sent += 1;
    }
    let outside: Vec<String> = stage
        .testbed
        .journal
        .exchanges()
        .iter()
        .filter(|exchange| exchange.from == "bff")
        .filter(|exchange| match exchange.to.as_str() {
            "api" => leaves_the_prefix(&exchange.path),
            "attacker" => true,
            _ => false,
        })
        .map(|exchange| format!("{} reached {}", exchange.path, exchange.host))
        .collect();
    let mut verdict = Verdict::holds_if(outside.is_empty()).counting(REACHED, outside.len()).counting(SENT, sent);
    verdict.notes = outside;
    Ok(verdict)
}

/// Tells whether a path is outside the allowed prefix for any downstream, one that decodes and tidies included.
fn leaves_the_prefix(path: &str) -> bool {
    let mut path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
    for _ in 0..3 {
        path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().replace('\\', "/");
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    kept.first() != Some(&"orders")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_through_encodings() {
        for path in [
            "/admin",
            "/orders/../admin",
            "/orders/%2e%2e/admin",
            "/orders/..%2fadmin",
            "/orders/%252e%252e/admin",
            "/orders/..\\admin",
            "/orders/..;/admin",
            "/",
        ] {
            assert!(leaves_the_prefix(path), "{path}");
        }
        for path in ["/orders/list", "/orders/x/../list?a=/../admin", "/orders/.../x"] {
            assert!(!leaves_the_prefix(path), "{path}");
        }
    }
}
