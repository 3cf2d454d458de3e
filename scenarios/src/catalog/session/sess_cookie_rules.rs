//! Every cookie of the application is held against the rules for cookies that carry a session.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "sess-cookie-rules",
    title: "Cookie attribute audit",
    property: "every cookie of the application is Secure, HttpOnly, host-only by prefix and not sent across sites",
    attacker: Attacker::Nobody,
    steps: &[
        "sign in in a real browser",
        "list every cookie that the browser keeps for the application's site",
        "hold each against the rules, and the cookies that were set on the way besides",
    ],
    sources: &[
        Source::rfc10017("6.1.3.2"),
        Source::asvs("3.3.1"),
        Source::asvs("3.3.4"),
        Source::of("RFC 6265bis", "4.1.3"),
    ],
    measures: &[MeasureDef::count(VIOLATIONS, "rules broken"), MeasureDef::neutral(COOKIES, "cookies")],
    expect,
    controls: &[
        Control { changes: &[("bff.cookie.httponly", "off")] },
        Control { changes: &[("bff.cookie.secure", "off")] },
        Control { changes: &[("bff.cookie.samesite", "lax")] },
        Control { changes: &[("bff.cookie.prefix", "none")] },
        Control { changes: &[("spa.credential", "cookie")] },
    ],
    protocol: None,
    browser: Some(|stage| Box::pin(audit(stage))),
};

const VIOLATIONS: &str = "rules broken";
const COOKIES: &str = "cookies of the application";

fn expect(deployment: &Deployment) -> Expectation {
    match deployment.architecture {
        Architecture::Bff | Architecture::Tmb => {
            let cookie = &deployment.settings.bff.cookie;
            let strict = cookie.httponly == bff_app::Switch::On
                && cookie.secure == bff_app::Switch::On
                && cookie.samesite == bff_app::SameSite::Strict
                && cookie.prefix != bff_app::CookiePrefix::None
                && !(deployment.architecture == Architecture::Tmb
                    && deployment.settings.spa.credential == spa_app::Credential::Cookie);
            if strict {
                Holds(vec![(VIOLATIONS, Exactly(0.0)), (COOKIES, Exactly(1.0))])
            } else {
                Violated(vec![(VIOLATIONS, AtLeast(1.0))])
            }
        }
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa => match deployment.settings.spa.credential {
            spa_app::Credential::Memory => Holds(vec![(VIOLATIONS, Exactly(0.0)), (COOKIES, Exactly(0.0))]),
            spa_app::Credential::Cookie => Violated(vec![(VIOLATIONS, AtLeast(1.0))]),
        },
    }
}

async fn audit(stage: &mut Stage) -> Result<Verdict> {
    let host = stage.testbed.origins.app.host().to_owned();
    let site = host.split_once('.').map(|(_, site)| site.to_owned()).context("the application's host has a site")?;
    let browser = stage.browser().await?;
    browser.sign_in("alice").await?;
    let all = browser.all_cookies().await?;
    ensure!(!all.is_empty(), "a browser that just signed in must have at least the provider's cookie");
    let of_the_site = |cookie: &&Value| cookie["domain"].as_str().is_some_and(|domain| domain.ends_with(&site));
    let kept: Vec<&Value> = all.iter().filter(of_the_site).collect();
    let mut broken: Vec<String> = kept.iter().flat_map(|cookie| rules_broken_by(cookie)).collect();
    broken.extend(set_on_the_way(stage, &site));
    let mut verdict =
        Verdict::holds_if(broken.is_empty()).counting(VIOLATIONS, broken.len()).counting(COOKIES, kept.len());
    for rule in broken {
        verdict = verdict.noting(rule);
    }
    Ok(verdict)
}

fn rules_broken_by(cookie: &Value) -> Vec<String> {
    let name = cookie["name"].as_str().unwrap_or_default();
    let mut broken = Vec::new();
    let mut rule = |kept: bool, what: &str| {
        if !kept {
            broken.push(format!("{name}: {what}"));
        }
    };
    rule(cookie["secure"] == true, "not Secure");
    rule(cookie["httpOnly"] == true, "not HttpOnly");
    rule(cookie["sameSite"] == "Strict", "not SameSite=Strict");
    rule(name.starts_with("__Host-"), "no __Host- prefix");
    rule(cookie["path"] == "/", "not for the whole host");
    rule(!cookie["domain"].as_str().unwrap_or_default().starts_with('.'), "shared with sibling hosts");
    broken
}

/// Cookies that are gone by now, the sign-in's transaction cookie above all: Lax, because the provider leads back to it.
fn set_on_the_way(stage: &Stage, site: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for exchange in stage.testbed.journal.exchanges().iter().filter(|exchange| exchange.host.ends_with(site)) {
        for (_, line) in exchange.response_headers.iter().filter(|(name, _)| name == "set-cookie") {
            let name = line.split('=').next().unwrap_or_default();
            let lower = line.to_ascii_lowercase();
            let has = |attribute: &str| lower.split(';').any(|part| part.trim() == attribute);
            for attribute in ["secure", "httponly", "path=/"] {
                if !has(attribute) {
                    broken.push(format!("{name} was set without {attribute}"));
                }
            }
            if !(has("samesite=lax") || has("samesite=strict")) {
                broken.push(format!("{name} was set without SameSite"));
            }
            if lower.contains("domain=") {
                broken.push(format!("{name} was set for a whole domain"));
            }
        }
    }
    broken
}
