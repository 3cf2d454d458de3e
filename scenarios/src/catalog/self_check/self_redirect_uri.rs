//! A code is sent to an address that the client has not registered.
//!
//! Whoever can choose where the answer goes gets the code. Each address of the corpus differs from the registered one
//! by one thing that a careless comparison overlooks; only the very string that was registered may be taken.

use anyhow::{Result, ensure};
use hosting::Origin;
use http::StatusCode;

use super::PROVIDER_ALONE;
use crate::actors::form::Form;
use crate::actors::relying_party::{RelyingParty, code_in};
use crate::actors::user_agent::Answer;
use crate::deployment::Architecture;
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-redirect-uri",
    title: "Addresses that nobody registered",
    property: "no redirect_uri but the registered string is taken, at the authorization or at the token endpoint",
    attacker: Attacker::Client,
    steps: &[
        "sign in by the registered address, and see that a code comes",
        "ask for a code by each address of the corpus, in the browser that is signed in",
        "see that the registered address still works",
        "send a good code to the token endpoint with each address of the corpus, and with none",
        "see that the same code gives tokens with the registered address",
    ],
    sources: &[
        Source::of("RFC 9700", "2.1"),
        Source::of("RFC 9700", "4.1.3"),
        Source::of("RFC 6749", "4.1.2.1"),
        Source::of("RFC 6749", "4.1.3"),
        Source::asvs("10.4.1"),
    ],
    measures: &[MeasureDef::count(ACCEPTED, "requests"), MeasureDef::neutral(SENT, "requests")],
    expect: |deployment| match deployment.architecture {
        Architecture::Bff | Architecture::Spa | Architecture::Tmb => PROVIDER_ALONE,
        Architecture::Provider => match deployment.settings.idp.redirect_exact {
            mock_idp::Switch::On => Holds(vec![(ACCEPTED, Exactly(0.0)), (SENT, AtLeast(60.0))]),
            mock_idp::Switch::Off => Violated(vec![(ACCEPTED, AtLeast(1.0)), (SENT, AtLeast(60.0))]),
        },
    },
    controls: &[Control { changes: &[("idp.redirect_exact", "off")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const ACCEPTED: &str = "requests accepted with another address";
const SENT: &str = "requests sent with another address";

const CORPUS: &str = include_str!("redirect_uris.txt");

/// An address that is not the registered one, or several that are sent as parameters of one name.
struct Mutation {
    redirect_uris: Vec<String>,
    why: &'static str,
}

impl Mutation {
    fn parameters(&self) -> Vec<(&str, &str)> {
        self.redirect_uris.iter().map(|uri| ("redirect_uri", uri.as_str())).collect()
    }
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut client = stage.public_client();
    let origins = &stage.testbed.origins;
    let mut mutations = corpus(&client.redirect_uri, &origins.app, &origins.evil);
    let mut accepted = at_authorization(&mut client, &mutations).await?;
    let mut sent = mutations.len();
    // An empty value takes the parameter away. Where a request named an address, the token request must repeat it.
    mutations.push(Mutation { redirect_uris: vec![String::new()], why: "left out" });
    accepted.extend(at_token(&mut client, &mutations).await?);
    sent += mutations.len();
    let mut verdict = Verdict::holds_if(accepted.is_empty()).counting(ACCEPTED, accepted.len()).counting(SENT, sent);
    verdict.notes = accepted;
    Ok(verdict)
}

fn corpus(registered: &str, app: &Origin, evil: &Origin) -> Vec<Mutation> {
    let path = registered.strip_prefix(app.as_str()).unwrap_or_default();
    let fill = |template: &str| {
        let places = [
            ("{registered}", registered),
            ("{app}", app.as_str()),
            ("{host}", app.host()),
            ("{path}", path),
            ("{evil}", evil.host()),
            ("{space}", " "),
            ("{newline}", "\r\n"),
            ("{nul}", "\0"),
        ];
        places.iter().fold(template.to_owned(), |text, (place, value)| text.replace(place, value))
    };
    CORPUS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .map(|(templates, why)| Mutation { redirect_uris: templates.split(' ').map(fill).collect(), why })
        .collect()
}

async fn at_authorization(client: &mut RelyingParty, mutations: &[Mutation]) -> Result<Vec<String>> {
    client.code("alice").await?;
    let mut accepted = Vec::new();
    for mutation in mutations {
        if leads_on(&client.authorize(&mutation.parameters()).await?) {
            accepted.push(format!("the authorization endpoint takes {}", mutation.why));
        }
    }
    let honest = client.authorize(&[]).await?;
    ensure!(code_in(&honest).is_some(), "the registered address must work to the end, but got {}", honest.status);
    Ok(accepted)
}

/// Tells whether an answer leads anywhere but to a page that says no: even an error must not be sent there.
///
/// Source: RFC 6749 §4.1.2.1.
fn leads_on(answer: &Answer) -> bool {
    answer.status.is_redirection() || Form::first_in(&answer.body).is_some()
}

async fn at_token(client: &mut RelyingParty, mutations: &[Mutation]) -> Result<Vec<String>> {
    let mut accepted = Vec::new();
    let mut code = client.code("alice").await?;
    for mutation in mutations {
        if client.redeem(&code, &mutation.parameters()).await?.status == StatusCode::OK {
            accepted.push(format!("the token endpoint takes {}", mutation.why));
            code = client.code("alice").await?;
        }
    }
    let honest = client.redeem(&code, &[]).await?;
    ensure!(honest.status == StatusCode::OK, "the code must be good all the time, but got {}", honest.status);
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const REGISTERED: &str = "https://app.test/callback";

    fn filled() -> Vec<Mutation> {
        let origin = |text| Origin::parse(text).expect("an origin");
        corpus(REGISTERED, &origin("https://app.test"), &origin("https://evil.test"))
    }

    #[test]
    fn every_line_is_filled_in_has_a_reason_and_is_different() {
        let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        let mutations = filled();
        assert_eq!(mutations.len(), lines, "a line has no reason");
        let different: BTreeSet<_> = mutations.iter().map(|mutation| &mutation.redirect_uris).collect();
        assert_eq!(different.len(), lines, "two lines are the same");
        for Mutation { redirect_uris, why } in &mutations {
            assert!(!why.is_empty() && redirect_uris.iter().all(|uri| !uri.contains(['{', '}'])), "{redirect_uris:?}");
            assert_ne!(redirect_uris.as_slice(), [REGISTERED], "{why}");
        }
    }

    #[test]
    fn a_line_can_send_the_parameter_twice() {
        let twice: Vec<_> = filled().into_iter().filter(|mutation| mutation.redirect_uris.len() == 2).collect();
        assert_eq!(twice.len(), 2);
        assert!(twice.iter().all(|mutation| mutation.parameters().iter().any(|(_, uri)| *uri == REGISTERED)));
    }
}
