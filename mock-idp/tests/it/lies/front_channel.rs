//! Front-channel logout: what the framed address names.

use mock_idp::{FrontChannelLie as L, Lie, Settings, Times};
use url::Url;

use super::{EVIL, arm};
use crate::agent::{Agent, ISSUER, claims};

/// Signs in and out, and returns the framed address and the session's name.
async fn framed(lie: Option<L>) -> (Url, String) {
    let mut agent = Agent::new(Settings::default());
    agent.change_client("bff", |client| {
        client.frontchannel_logout_uri = Some("https://bff.app.test/frontchannel-logout".to_owned());
        client.frontchannel_logout_session_required = true;
        // Nobody listens there in this test.
        client.backchannel_logout_uri = None;
    });
    let tokens = agent.sign_in("bff").await;
    if let Some(lie) = lie {
        arm(&agent, Lie::FrontChannel(lie), Some("bff"), Times::Once);
    }
    let page = agent.get("/end_session", &[("id_token_hint", &tokens.id)]).await;
    let frames = page.attributes("src");
    let address = frames.first().unwrap_or_else(|| panic!("no frame in {}", page.text));
    (Url::parse(address).unwrap(), claims(&tokens.id)["sid"].as_str().unwrap().to_owned())
}

fn named(address: &Url, name: &str) -> Option<String> {
    address.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn every_lie_is_told() {
    for lie in L::ALL {
        let (address, own) = framed(Some(*lie)).await;
        let (iss, sid) = (named(&address, "iss"), named(&address, "sid"));
        let is_honest = (iss.as_deref() == Some(ISSUER), sid.as_deref() == Some(own.as_str()));
        let told = match lie {
            L::IssForged => iss.as_deref() == Some(EVIL) && is_honest.1,
            L::IssMissing => iss.is_none() && is_honest.1,
            L::SidForged => is_honest.0 && sid.as_deref() == Some("*"),
            L::SidOfAnotherSession => is_honest.0 && !is_honest.1 && sid.is_some_and(|sid| sid.len() == own.len()),
            L::SidMissing => is_honest.0 && sid.is_none(),
            L::BothMissing => iss.is_none() && sid.is_none(),
        };
        assert!(told, "{lie:?}: {address}");
    }
}

#[tokio::test]
async fn an_honest_address_names_issuer_and_session() {
    let (address, own) = framed(None).await;
    assert_eq!(named(&address, "iss").as_deref(), Some(ISSUER));
    assert_eq!(named(&address, "sid"), Some(own));
}
