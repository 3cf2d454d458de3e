//! The user clicks sign-out once; what is still alive afterwards?
//!
//! A sign-out has four things to end: the application's session, the access token, the refresh token, and the session at
//! the identity provider. The harness knows every credential of the play, so it can ask for each, whoever held it.

use anyhow::{Context as _, Result, bail, ensure};
use hosting::{Kind, Origin, Secret};
use http::{Method, StatusCode};
use url::Url;

use crate::actors::bff_user::BffUser;
use crate::actors::user_agent::{Cookie, UserAgent};
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "out-click",
    title: "The user signs out",
    property: "one click on sign-out ends the application's session, both tokens and the provider's session at once",
    attacker: Attacker::Nobody,
    steps: &[
        "sign in",
        "see that session, tokens and the provider's session are alive",
        "sign out as the page does",
        "ask for each of them again",
    ],
    sources: &[
        Source::wstg("SESS-06"),
        Source::asvs("7.4.1"),
        Source::of("OpenID Connect RP-Initiated Logout 1.0", "2"),
        Source::of("RFC 7009", "2.1"),
    ],
    measures: &[
        MeasureDef::count(SESSION, "sessions"),
        MeasureDef::count(ACCESS, "tokens"),
        MeasureDef::count(REFRESH, "tokens"),
        MeasureDef::count(PROVIDER, "sessions"),
    ],
    expect,
    controls: &[
        Control { changes: &[("bff.logout.revoke", "off"), ("idp.at_session", "off")] },
        Control { changes: &[("bff.logout.revoke", "off"), ("idp.rt_session", "off")] },
        Control { changes: &[("bff.logout.end_session", "off")] },
        Control { changes: &[("bff.session.store", "sealed-cookie")] },
        Control { changes: &[("spa.revoke", "off"), ("idp.at_session", "off")] },
        Control { changes: &[("spa.revoke", "off"), ("idp.rt_session", "off")] },
    ],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: Some(|stage| Box::pin(click(stage))),
};

const SESSION: &str = "application sessions alive";
const ACCESS: &str = "access tokens alive";
const REFRESH: &str = "refresh tokens alive";
const PROVIDER: &str = "provider sessions alive";

fn expect(deployment: &Deployment) -> Expectation {
    let settings = &deployment.settings;
    let tied = settings.idp.at_session == mock_idp::Switch::On;
    let on = |switch: bool| if switch { 1.0 } else { 0.0 };
    let (session, revoked, ended) = match deployment.architecture {
        Architecture::Bff | Architecture::Tmb => (
            settings.bff.session.store == bff_app::SessionStore::SealedCookie,
            settings.bff.logout.revoke == bff_app::Switch::On,
            settings.bff.logout.end_session == bff_app::Switch::On,
        ),
        Architecture::Provider => return NO_APPLICATION,
        Architecture::Spa => (false, settings.spa.revoke == spa_app::Switch::On, true),
    };
    let access = !(revoked || tied && ended);
    let refresh = !(revoked || settings.idp.rt_session == mock_idp::Switch::On && ended);
    let cached = settings.api.introspection.cache_s > 0;
    let mut bounds =
        vec![(ACCESS, Exactly(on(access || cached))), (REFRESH, Exactly(on(refresh))), (PROVIDER, Exactly(on(!ended)))];
    if deployment.architecture.has_session() {
        bounds.push((SESSION, Exactly(on(session))));
    }
    if session || access || refresh || cached || !ended { Violated(bounds) } else { Holds(bounds) }
}

/// Which of the four things are alive.
struct Alive {
    /// Nothing where the application has no session.
    session: Option<bool>,
    access: bool,
    refresh: bool,
    provider: bool,
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let alive = match stage.deployment().architecture {
        Architecture::Bff | Architecture::Tmb => bff(stage).await?,
        Architecture::Provider => bail!("the provider alone has no application"),
        Architecture::Spa => spa(stage).await?,
    };
    Ok(alive.verdict())
}

impl Alive {
    fn verdict(&self) -> Verdict {
        let session = self.session.unwrap_or(false);
        let verdict = Verdict::holds_if(!(session || self.access || self.refresh || self.provider))
            .counting(ACCESS, usize::from(self.access))
            .counting(REFRESH, usize::from(self.refresh))
            .counting(PROVIDER, usize::from(self.provider));
        match self.session {
            Some(session) => verdict.counting(SESSION, usize::from(session)),
            None => verdict,
        }
    }
}

async fn bff(stage: &Stage) -> Result<Alive> {
    let mut user = stage.bff_user();
    user.sign_in("alice").await?;
    let mut copy = user.clone();
    let (access, refresh) = (minted(stage, Kind::AccessToken)?, minted(stage, Kind::RefreshToken)?);
    let downstream = Url::parse(api_of(stage).as_str())?.join("/accounts")?;
    let mut auditor = stage.auditor();
    ensure!(accepted(&mut auditor, &downstream, &access).await?, "the access token must work before the sign-out");
    ensure!(
        silent(stage, &mut copy.agent, "bff", "/bff/callback").await?,
        "the provider's session must live before the sign-out"
    );
    user.sign_out().await?;
    Ok(Alive {
        session: Some(answers(&mut copy).await?),
        access: accepted(&mut auditor, &downstream, &access).await?,
        refresh: refreshed(stage, &refresh).await?,
        provider: silent(stage, &mut copy.agent, "bff", "/bff/callback").await?,
    })
}

async fn spa(stage: &Stage) -> Result<Alive> {
    let mut user = stage.spa_user();
    let tokens = user.sign_in("alice").await?;
    let mut copy = user.clone();
    let api = Url::parse(stage.testbed.origins.api.as_str())?.join("/accounts")?;
    let mut auditor = stage.auditor();
    let (access, refresh) = (Secret::new(tokens.access_token), Secret::new(tokens.refresh_token));
    ensure!(accepted(&mut auditor, &api, &access).await?, "the access token must work before the sign-out");
    ensure!(
        silent(stage, &mut copy.agent, "spa", "/callback").await?,
        "the provider's session must live before the sign-out"
    );
    user.sign_out().await?;
    Ok(Alive {
        session: None,
        access: accepted(&mut auditor, &api, &access).await?,
        refresh: refreshed(stage, &refresh).await?,
        provider: silent(stage, &mut copy.agent, "spa", "/callback").await?,
    })
}

/// A real click in a real page: what the page itself does is what counts, and the page must know that it is signed out.
async fn click(stage: &mut Stage) -> Result<Verdict> {
    let architecture = stage.deployment().architecture;
    stage.browser().await?.sign_in("alice").await?;
    let (access, refresh) = (minted(stage, Kind::AccessToken)?, minted(stage, Kind::RefreshToken)?);
    let mut copy = stage.bff_user();
    for cookie in stage.browser().await?.all_cookies().await? {
        let text = |name: &str| cookie[name].as_str().unwrap_or_default().trim_start_matches('.').to_owned();
        copy.agent.set_cookie(Cookie {
            host: text("domain"),
            name: text("name"),
            value: text("value"),
            strict: cookie["sameSite"] == "Strict",
        });
    }
    let mut auditor = stage.auditor();
    let (client, callback) = match architecture {
        Architecture::Bff | Architecture::Tmb => ("bff", "/bff/callback"),
        Architecture::Provider => bail!("the provider alone has no application"),
        Architecture::Spa => ("spa", "/callback"),
    };
    let api = Url::parse(api_of(stage).as_str())?.join("/accounts")?;
    ensure!(accepted(&mut auditor, &api, &access).await?, "the access token must work before the sign-out");
    ensure!(
        silent(stage, &mut copy.agent, client, callback).await?,
        "the provider's session must live before the sign-out"
    );
    stage.browser().await?.sign_out().await?;
    let session = match architecture {
        Architecture::Bff | Architecture::Tmb => Some(answers(&mut copy).await?),
        Architecture::Spa | Architecture::Provider => None,
    };
    let alive = Alive {
        session,
        access: accepted(&mut auditor, &api, &access).await?,
        refresh: refreshed(stage, &refresh).await?,
        provider: silent(stage, &mut copy.agent, client, callback).await?,
    };
    Ok(alive.verdict())
}

/// Tells whether the application still answers to a copy of the session cookie.
async fn answers(copy: &mut BffUser) -> Result<bool> {
    Ok(copy.call(Method::GET, "/bff/user", None).await?.status == StatusCode::OK)
}

/// Returns the API that takes the application's access tokens.
fn api_of(stage: &Stage) -> &Origin {
    let origins = &stage.testbed.origins;
    if stage.deployment().architecture == Architecture::Bff { &origins.downstream } else { &origins.api }
}

fn minted(stage: &Stage, kind: Kind) -> Result<Secret> {
    let all = stage.testbed.credentials.all();
    let found = all.into_iter().find(|(known, _, _)| *known == kind).map(|(_, _, value)| value);
    found.with_context(|| format!("find the {} that was minted", kind.short()))
}

async fn accepted(auditor: &mut UserAgent, api: &Url, token: &Secret) -> Result<bool> {
    let header = format!("Bearer {}", token.expose());
    let answer = auditor.send(Method::GET, api.clone(), &[("authorization", &header)], None).await?;
    Ok(answer.status == StatusCode::OK)
}

/// Tells whether a refresh token still works for its rightful client.
async fn refreshed(stage: &Stage, token: &Secret) -> Result<bool> {
    let mut client = match stage.deployment().architecture {
        Architecture::Bff | Architecture::Tmb => stage.confidential_client(),
        Architecture::Spa | Architecture::Provider => stage.public_client(),
    };
    let answer = client.refresh(token.expose()).await?;
    ensure!(
        answer.status == StatusCode::OK || answer.body.contains("invalid_grant"),
        "the refresh must be granted or refused for the token's sake, but got {} {}",
        answer.status,
        answer.body
    );
    Ok(answer.status == StatusCode::OK)
}

/// Asks the provider for a silent sign-in with the user's own cookies: it works while the provider's session lives.
async fn silent(stage: &Stage, agent: &mut UserAgent, client: &str, callback: &str) -> Result<bool> {
    let mut url = Url::parse(stage.testbed.origins.idp.as_str())?.join("/authorize")?;
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", &format!("{}{callback}", stage.testbed.origins.app)),
        ("scope", "openid"),
        ("prompt", "none"),
        ("state", "an-auditor-asks"),
        ("nonce", "an-auditor-asks"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let answer = agent.send(Method::GET, url, &[("accept", "text/html")], None).await?;
    let location =
        answer.location().with_context(|| format!("prompt=none must redirect, but got {}", answer.status))?;
    let has = |name: &str| location.query_pairs().any(|(known, _)| known == name);
    ensure!(has("code") || has("error"), "prompt=none must answer a code or an error");
    Ok(has("code"))
}
