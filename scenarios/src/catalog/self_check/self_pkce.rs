//! A code is exchanged without the proof that whoever exchanges it also asked for it.
//!
//! A stolen or injected code is worthless only where every request has a challenge and every exchange its verifier.
//! The attacker changes what goes through the browser, so the provider must refuse each way around, not only a wrong
//! verifier.

use anyhow::{Context as _, Result, ensure};
use hosting::Kind;
use http::StatusCode;

use super::PROVIDER_ALONE;
use crate::actors::relying_party::{RelyingParty, code_in};
use crate::deployment::Architecture;
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-pkce",
    title: "Ways around PKCE",
    property: "no code is issued without a whole S256 challenge, and none is exchanged without its verifier",
    attacker: Attacker::Client,
    steps: &[
        "sign in with a challenge and its verifier, and see that tokens come",
        "ask for a code with the challenge stripped, and exchange it without a verifier",
        "ask for a code by the method plain, and exchange it",
        "ask for a code with a challenge that is too short",
        "exchange an honest code without a verifier, and then with it",
        "exchange an honest code with the verifier of another sign-in, and then with its own",
        "ask for a code without a challenge, and exchange it with a verifier",
    ],
    sources: &[
        Source::of("RFC 9700", "2.1.1"),
        Source::of("RFC 9700", "4.8.2"),
        Source::of("RFC 7636", "4.2"),
        Source::of("RFC 7636", "4.4.1"),
        Source::of("RFC 7636", "4.6"),
        Source::asvs("10.4.6"),
    ],
    measures: &[MeasureDef::count(ACCEPTED, "attempts")],
    expect: |deployment| match deployment.architecture {
        Architecture::Bff | Architecture::Spa | Architecture::Tmb => PROVIDER_ALONE,
        Architecture::Provider => match deployment.settings.idp.pkce {
            mock_idp::Switch::On => Holds(vec![(ACCEPTED, Exactly(0.0))]),
            // It then reads neither challenge nor verifier.
            mock_idp::Switch::Off => Violated(vec![(ACCEPTED, Exactly(6.0))]),
        },
    },
    controls: &[Control { changes: &[("idp.pkce", "off")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const ACCEPTED: &str = "attempts accepted of 6";

/// Parameters that are changed; an empty value takes one away.
type Changes<'a> = [(&'a str, &'a str)];

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let (mut client, mut other) = (stage.public_client(), stage.public_client());
    // The method plain shows the verifier where the journal does not look for one.
    stage.testbed.credentials.mint(Kind::Verifier, &client.code_verifier);
    client.tokens("alice").await.context("a sign-in with challenge and verifier must work")?;
    other.code("bob").await.context("another sign-in must work")?;
    let own = client.code_verifier.clone();
    let honest: &Changes<'_> = &[];
    let stripped: &Changes<'_> = &[("code_challenge", ""), ("code_challenge_method", "")];
    let plain: &Changes<'_> = &[("code_challenge", own.as_str()), ("code_challenge_method", "plain")];
    let attempts: [(&str, &Changes<'_>, &str); 5] = [
        ("the challenge stripped, and no verifier", stripped, ""),
        ("the method plain", plain, own.as_str()),
        ("an honest code without a verifier", honest, ""),
        ("an honest code with the verifier of another sign-in", honest, other.code_verifier.as_str()),
        ("no challenge, but a verifier", stripped, own.as_str()),
    ];
    let mut accepted = Vec::new();
    for (name, asked, verifier) in attempts {
        if gives_tokens(&mut client, asked, verifier).await.context(name)? {
            accepted.push(name.to_owned());
        }
    }
    // No verifier can have such a digest, so the code is the mistake.
    if ask(&mut client, &[("code_challenge", "too-short")]).await?.is_some() {
        accepted.push("a challenge that is too short".to_owned());
    }
    let mut verdict = Verdict::holds_if(accepted.is_empty()).counting(ACCEPTED, accepted.len());
    verdict.notes = accepted;
    Ok(verdict)
}

/// Asks for a code with a request that is changed, and tells whether it gives tokens; an empty verifier is left out.
async fn gives_tokens(client: &mut RelyingParty, asked: &Changes<'_>, verifier: &str) -> Result<bool> {
    let Some(code) = ask(client, asked).await? else { return Ok(false) };
    if client.redeem(&code, &[("code_verifier", verifier)]).await?.status == StatusCode::OK {
        return Ok(true);
    }
    if asked.is_empty() {
        let honest = client.redeem(&code, &[]).await?.status;
        ensure!(honest == StatusCode::OK, "the same code must be good with its own verifier, but got {honest}");
    }
    Ok(false)
}

/// Returns the code, or nothing where the provider tells the client that it refuses the request.
async fn ask(client: &mut RelyingParty, changes: &Changes<'_>) -> Result<Option<String>> {
    let answer = client.sign_in("alice", changes).await?;
    let location = answer.location();
    let is_error = location.is_some_and(|location| location.query_pairs().any(|(name, _)| name == "error"));
    let code = code_in(&answer);
    ensure!(code.is_some() || is_error, "the provider must answer a code or an error, but answered {}", answer.status);
    Ok(code)
}
