//! Somebody asks the provider what a token is worth who is not to know.
//!
//! Whoever may ask without authentication can try tokens until one is active, and an answer about a token carries its
//! user, its client and its scope. About a token that is worth nothing there is nothing to say but that.

use std::time::Duration;

use anyhow::{Result, ensure};
use hosting::{Secret, random_token};
use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::alive::is_active;
use super::{PROVIDER_ALONE, alive};
use crate::actors::relying_party::RelyingParty;
use crate::actors::user_agent::{Answer, UserAgent};
use crate::deployment::Architecture;
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-introspect",
    title: "What introspection tells to whom",
    property: "introspection tells nothing to whom a token does not concern, and nothing of a dead token",
    attacker: Attacker::Client,
    steps: &[
        "sign in, and see that the API hears that the access token is active",
        "ask as nobody, with a wrong secret, as a public client, and as an application about another one's token",
        "let the API ask about a token for another API, about a refresh token, and about a random string",
        "let an application ask about its refresh token that was replaced",
        "let the API ask about an access token that was revoked, and about one that has expired",
        "count the answers that say that a token is active, or say more than that it is not",
    ],
    sources: &[Source::of("RFC 7662", "2.1"), Source::of("RFC 7662", "2.2"), Source::of("RFC 7662", "4")],
    measures: &[MeasureDef::count(LEAKS, "answers"), MeasureDef::neutral(ASKED, "questions")],
    expect: |deployment| match deployment.architecture {
        Architecture::Bff | Architecture::Spa | Architecture::Tmb => PROVIDER_ALONE,
        Architecture::Provider => {
            let asked = (ASKED, Exactly(10.0));
            match (deployment.settings.idp.introspect_auth, deployment.settings.idp.introspect_aud) {
                (mock_idp::Switch::On, mock_idp::Switch::On) => Holds(vec![(LEAKS, Exactly(0.0)), asked]),
                (mock_idp::Switch::On, mock_idp::Switch::Off) => Violated(vec![(LEAKS, Exactly(1.0)), asked]),
                // Where nobody is authenticated, everybody hears of every access token that is active.
                (mock_idp::Switch::Off, _) => Violated(vec![(LEAKS, Exactly(5.0)), asked]),
            }
        }
    },
    controls: &[
        Control { changes: &[("idp.introspect_auth", "off")] },
        Control { changes: &[("idp.introspect_aud", "off")] },
    ],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const LEAKS: &str = "answers that tell something";
const ASKED: &str = "questions asked";

/// Who asked about what, and the answer.
type Asked = (&'static str, Answer);

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut asked = by_callers_who_may_not(stage).await?;
    asked.extend(by_the_api_about_foreign_tokens(stage).await?);
    asked.extend(about_dead_tokens(stage).await?);
    let told: Vec<String> =
        asked.iter().filter(|(_, answer)| leaks(answer)).map(|(what, _)| (*what).to_owned()).collect();
    let mut verdict = Verdict::holds_if(told.is_empty()).counting(LEAKS, told.len()).counting(ASKED, asked.len());
    verdict.notes = told;
    Ok(verdict)
}

/// Tells whether an answer says that a token is active, or more than that it is not.
///
/// Source: RFC 7662 §2.2; RFC 6749 §5.2 for what an error may say.
fn leaks(answer: &Answer) -> bool {
    let Ok(Value::Object(members)) = answer.json() else { return false };
    let harmless: &[&str] = match answer.status {
        StatusCode::OK => &["active"],
        _ => &["error", "error_description", "error_uri"],
    };
    members.get("active") == Some(&Value::Bool(true)) || members.keys().any(|name| !harmless.contains(&name.as_str()))
}

async fn by_callers_who_may_not(stage: &Stage) -> Result<Vec<Asked>> {
    let (mut application, mut page) = (stage.confidential_client(), stage.public_client());
    let token = page.tokens("alice").await?.access_token;
    ensure!(alive::access_token(stage, &token).await?, "the API must hear that the access token is active");
    let asked = vec![
        ("nobody, about an access token", as_nobody(stage, &token).await?),
        ("a wrong secret, about an access token", with_a_wrong_secret(stage).introspect(&token).await?),
        ("a public client, about its own access token", page.introspect(&token).await?),
        ("an application, about another one's access token", application.introspect(&token).await?),
    ];
    ensure!(alive::access_token(stage, &token).await?, "the access token must be active all the time");
    Ok(asked)
}

async fn as_nobody(stage: &Stage, token: &str) -> Result<Answer> {
    let url = Url::parse(stage.testbed.origins.idp.as_str())?.join("/introspect")?;
    let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    stage.thief().send(Method::POST, url, &headers, Some(form)).await
}

fn with_a_wrong_secret(stage: &Stage) -> RelyingParty {
    let secret = Some(Secret::new(random_token()));
    RelyingParty::new(stage.user_agent(), stage.thief(), &stage.testbed.origins.idp, "api", secret, String::new())
}

async fn by_the_api_about_foreign_tokens(stage: &Stage) -> Result<Vec<Asked>> {
    let (mut api, mut application) = (stage.resource_server(), stage.confidential_client());
    let foreign = access_token_for_another_api(stage).await?;
    let refresh_token = application.tokens("alice").await?.refresh_token;
    let mut asked = vec![
        ("an API, about an access token for another one", api.introspect(&foreign).await?),
        ("an API, about a refresh token", api.introspect(&refresh_token).await?),
        ("an API, about a random string", api.introspect(&random_token()).await?),
    ];
    // That it is replaced shows that it was alive.
    let refreshed = application.refresh(&refresh_token).await?.status;
    ensure!(refreshed == StatusCode::OK, "the refresh token must be alive, but got {refreshed}");
    let replaced = application.introspect(&refresh_token).await?;
    asked.push(("an application, about its refresh token that was replaced", replaced));
    Ok(asked)
}

/// Registers an application of another API, and returns an access token of it.
async fn access_token_for_another_api(stage: &Stage) -> Result<String> {
    let origins = &stage.testbed.origins;
    let (secret, redirect_uri) = (Secret::new(random_token()), format!("{}/payments", origins.app));
    stage.testbed.provider.put_client(mock_idp::Client {
        redirect_uris: vec![redirect_uri.clone()],
        scopes: ["openid", "offline_access"].map(str::to_owned).to_vec(),
        resources: vec!["payments-api".to_owned()],
        ..mock_idp::Client::confidential("payments", secret.clone())
    })?;
    let server = UserAgent::new(&stage.testbed.outbound, "client");
    let mut payments =
        RelyingParty::new(stage.user_agent(), server, &origins.idp, "payments", Some(secret), redirect_uri);
    let token = payments.tokens("alice").await?.access_token;
    ensure!(is_active(&mut payments, &token).await?, "the other API's access token must be active");
    Ok(token)
}

async fn about_dead_tokens(stage: &Stage) -> Result<Vec<Asked>> {
    let (mut api, mut page) = (stage.resource_server(), stage.public_client());
    let (revoked, expired) = (page.tokens("alice").await?.access_token, page.tokens("alice").await?.access_token);
    for token in [&revoked, &expired] {
        ensure!(is_active(&mut api, token).await?, "both access tokens must be active at first");
    }
    let status = page.revoke(&revoked).await?.status;
    ensure!(status == StatusCode::OK, "a client must be able to revoke its own token, but got {status}");
    let after_revocation = api.introspect(&revoked).await?;
    stage.advance(Duration::from_secs(stage.deployment().settings.idp.access_token_life_s));
    Ok(vec![
        ("an API, about an access token that was revoked", after_revocation),
        ("an API, about an access token that has expired", api.introspect(&expired).await?),
    ])
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn tells(status: u16, body: &str) -> bool {
        leaks(&Answer {
            url: Url::parse("https://login.idp.test/introspect").unwrap(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned(),
        })
    }

    #[test]
    fn inactive_and_an_error_tell_nothing() {
        assert!(!tells(200, r#"{"active":false}"#));
        assert!(!tells(401, r#"{"error":"invalid_client","error_description":"no client authentication"}"#));
        assert!(!tells(401, ""));
    }

    #[test]
    fn active_and_every_further_member_tell_something() {
        assert!(tells(200, r#"{"active":true}"#));
        assert!(tells(200, r#"{"active":false,"exp":1}"#));
        assert!(tells(200, r#"{"sub":"sub-alice"}"#));
        assert!(tells(401, r#"{"error":"invalid_client","active":false}"#));
    }
}
