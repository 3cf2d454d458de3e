//! Two issuers in one run: one can lie while the other tells the truth, and nothing of one is worth anything at the other.

use http::{Method, StatusCode};
use mock_idp::{ArmedLie, Lie, Times, TokenResponseLie};
use scenarios::actors::relying_party::RelyingParty;
use scenarios::actors::user_agent::UserAgent;
use scenarios::stage::Stage;
use serde_json::Value;
use url::Url;

use crate::world::bff;

/// Returns the BFF's registration at the attacker's provider.
fn client_of_rogue(stage: &Stage) -> RelyingParty {
    let origins = &stage.testbed.origins;
    let secret = Some(stage.testbed.secrets.rogue.clone());
    let (browser, server) = (stage.user_agent(), stage.user_agent());
    RelyingParty::new(browser, server, &origins.rogue, "bff", secret, format!("{}/bff/callback", origins.app))
}

async fn read(agent: &mut UserAgent, origin: &hosting::Origin, path: &str) -> Value {
    let url = Url::parse(&format!("{origin}{path}")).expect("an address");
    let answer = agent.send(Method::GET, url, &[], None).await.expect("an answer");
    answer.json().expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_of_one_issuer_is_not_told_by_the_other() {
    let stage = bff(&[]);
    let lie = Lie::TokenResponse(TokenResponseLie::TokenTypeMissing);
    stage.testbed.rogue.arm(ArmedLie { lie, client_id: None, times: Times::UntilDisarmed });
    let (honest, rogue) = (stage.confidential_client(), client_of_rogue(&stage));
    for (mut client, token_type) in [(honest, Some("Bearer")), (rogue, None)] {
        let code = client.code("alice").await.expect("a code");
        let answer = client.redeem(&code, &[]).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let told = answer.json().expect("JSON");
        assert!(told["access_token"].is_string() && told["id_token"].is_string(), "{told}");
        assert_eq!(told.get("token_type").and_then(Value::as_str), token_type, "{told}");
    }
    let told = |control: &mock_idp::Control| {
        control.events_after(0).iter().filter(|event| event.happened == mock_idp::Happened::Lied).count()
    };
    assert_eq!((told(&stage.testbed.provider), told(&stage.testbed.rogue)), (0, 1));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_issuer_gave_is_worth_nothing_at_the_other() {
    let stage = bff(&[]);
    let origins = stage.testbed.origins.clone();
    let (mut honest, mut rogue) = (stage.confidential_client(), client_of_rogue(&stage));
    let (of_honest, of_rogue) =
        (honest.tokens("alice").await.expect("tokens"), rogue.tokens("alice").await.expect("tokens"));
    for (client, own, foreign) in [(&mut honest, &of_honest, &of_rogue), (&mut rogue, &of_rogue, &of_honest)] {
        let active = async |client: &mut RelyingParty, token: &str| {
            client.introspect(token).await.expect("an answer").json().expect("JSON")["active"] == true
        };
        assert!(active(client, &own.access_token).await && !active(client, &foreign.access_token).await);
        assert_eq!(client.refresh(&foreign.refresh_token).await.expect("an answer").status, StatusCode::BAD_REQUEST);
        assert_eq!(client.refresh(&own.refresh_token).await.expect("an answer").status, StatusCode::OK);
    }
    let code = rogue.code("alice").await.expect("the attacker's provider gives a code");
    // So that nothing but the issuer is wrong about it.
    honest.code_verifier.clone_from(&rogue.code_verifier);
    let refused = honest.redeem(&code, &[]).await.expect("an answer");
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    assert_eq!(refused.json().expect("JSON")["error"], "invalid_grant");
    assert_eq!(rogue.redeem(&code, &[]).await.expect("an answer").status, StatusCode::OK);
    let mut anybody = stage.user_agent();
    let keys = [read(&mut anybody, &origins.idp, "/jwks").await, read(&mut anybody, &origins.rogue, "/jwks").await];
    let kids = keys.map(|set| {
        set["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string()).collect::<Vec<String>>()
    });
    assert!(!kids[0].is_empty() && kids[0].iter().all(|kid| !kids[1].contains(kid)), "{kids:?}");
    for origin in [&origins.idp, &origins.rogue] {
        let document = read(&mut anybody, origin, "/.well-known/openid-configuration").await;
        assert_eq!(document["issuer"], origin.as_str());
    }
    stage.end().await;
}
