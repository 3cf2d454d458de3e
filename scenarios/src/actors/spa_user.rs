//! A user of the SPA over plain HTTP: does what the page's OIDC library does, as a public client.

use anyhow::{Context as _, Result, ensure};
use hosting::{base64url, random_token, sha256};
use http::{Method, StatusCode};
use url::Url;

use super::user_agent::{Answer, UserAgent};
use crate::testbed::{Origins, PASSWORD};

/// Somebody who uses the SPA's page.
#[derive(Clone)]
pub struct SpaUser {
    /// Their user agent.
    pub agent: UserAgent,
    origins: Origins,
    revokes: bool,
    tokens: Option<Tokens>,
}

/// What the page holds after a sign-in.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
    /// The ID token.
    pub id_token: String,
}

impl SpaUser {
    /// Makes a user who is not signed in; `revokes` says whether the page revokes its tokens at sign-out.
    pub fn new(agent: UserAgent, origins: &Origins, revokes: bool) -> Self {
        Self { agent, origins: origins.clone(), revokes, tokens: None }
    }

    /// Signs in: authorization code with PKCE S256.
    ///
    /// # Errors
    ///
    /// When a step of the sign-in does not answer as it must.
    pub async fn sign_in(&mut self, username: &str) -> Result<Tokens> {
        let (verifier, state) = (random_token(), random_token());
        let callback = format!("{}/callback", self.origins.app);
        let mut authorize = self.idp("/authorize")?;
        authorize.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "spa"),
            ("redirect_uri", &callback),
            ("scope", "openid profile accounts offline_access"),
            ("state", &state),
            ("nonce", &random_token()),
            ("code_challenge", &base64url(&sha256(verifier.as_bytes()))),
            ("code_challenge_method", "S256"),
        ]);
        let page = self.agent.navigate(authorize).await?;
        let landed = self.agent.submit_login(&page, username, PASSWORD).await.context("sign in at the provider")?;
        let parameter =
            |name: &str| landed.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        ensure!(parameter("state").as_deref() == Some(&state), "the provider did not return the state");
        let code = parameter("code").context("find the code in the provider's answer")?;
        let answer = self
            .post_form(
                "/token",
                &[
                    ("grant_type", "authorization_code"),
                    ("client_id", "spa"),
                    ("code", &code),
                    ("redirect_uri", &callback),
                    ("code_verifier", &verifier),
                ],
            )
            .await?;
        ensure!(answer.status == StatusCode::OK, "the token endpoint answers {}: {}", answer.status, answer.body);
        let json = answer.json()?;
        let token = |name: &str| {
            json[name].as_str().map(str::to_owned).with_context(|| format!("find {name} in the token response"))
        };
        let tokens = Tokens {
            access_token: token("access_token")?,
            refresh_token: token("refresh_token")?,
            id_token: token("id_token")?,
        };
        self.tokens = Some(tokens.clone());
        Ok(tokens)
    }

    /// Signs out as the page does: revokes, forgets, and sends the browser to the provider.
    ///
    /// # Errors
    ///
    /// When the user is not signed in, or a step does not answer as it must.
    pub async fn sign_out(&mut self) -> Result<()> {
        let tokens = self.tokens.take().context("sign out a user who is signed in")?;
        if self.revokes {
            for (hint, token) in [("refresh_token", &tokens.refresh_token), ("access_token", &tokens.access_token)] {
                let answer = self
                    .post_form("/revoke", &[("client_id", "spa"), ("token", token), ("token_type_hint", hint)])
                    .await?;
                ensure!(answer.status == StatusCode::OK, "revocation answers {}: {}", answer.status, answer.body);
            }
        }
        let mut end = self.idp("/end_session")?;
        let home = format!("{}/", self.origins.app);
        end.query_pairs_mut().extend_pairs([
            ("id_token_hint", tokens.id_token.as_str()),
            ("post_logout_redirect_uri", &home),
            ("client_id", "spa"),
        ]);
        self.agent.navigate(end).await?;
        Ok(())
    }

    /// Calls the API with a bearer token.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn call(&mut self, method: Method, path: &str, access_token: &str) -> Result<Answer> {
        let url = Url::parse(self.origins.api.as_str())?.join(path)?;
        let origin = self.origins.app.to_string();
        self.agent
            .send(method, url, &[("authorization", &format!("Bearer {access_token}")), ("origin", &origin)], None)
            .await
    }

    /// Asks the token endpoint for a new access token.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn refresh(&mut self, refresh_token: &str) -> Result<Answer> {
        self.post_form(
            "/token",
            &[("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", refresh_token)],
        )
        .await
    }

    async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = self.origins.app.to_string();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        let url = self.idp(path)?;
        self.agent.send(Method::POST, url, &headers, Some(body)).await
    }

    fn idp(&self, path: &str) -> Result<Url> {
        Ok(Url::parse(self.origins.idp.as_str())?.join(path)?)
    }
}
