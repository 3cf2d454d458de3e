//! A user of the BFF over plain HTTP: does what the page does, header included.

use anyhow::{Context as _, Result, ensure};
use http::{Method, StatusCode};
use url::Url;

use super::user_agent::{Answer, Cookie, UserAgent};
use crate::testbed::{Origins, PASSWORD};

/// Somebody who uses the BFF's page.
#[derive(Clone)]
pub struct BffUser {
    /// Their user agent.
    pub agent: UserAgent,
    origins: Origins,
}

impl BffUser {
    /// Makes a user who is not signed in.
    pub fn new(agent: UserAgent, origins: &Origins) -> Self {
        Self { agent, origins: origins.clone() }
    }

    /// Signs in at the provider's login page.
    ///
    /// # Errors
    ///
    /// When a step of the sign-in does not answer as it must.
    pub async fn sign_in(&mut self, username: &str) -> Result<()> {
        let login = self.url("/bff/login?return_url=/")?;
        let page = self.agent.navigate(login).await?;
        if page.url.origin().ascii_serialization() == self.origins.idp.as_str() {
            self.agent.submit_login(&page, username, PASSWORD).await.context("sign in at the provider")?;
        }
        let user = self.call(Method::GET, "/bff/user", None).await?;
        ensure!(user.status == StatusCode::OK, "signed in, but /bff/user answers {}", user.status);
        Ok(())
    }

    /// Signs out as the page does: ends the session, then follows to the provider.
    ///
    /// # Errors
    ///
    /// When a step of the sign-out does not answer as it must.
    pub async fn sign_out(&mut self) -> Result<()> {
        let answer = self.call(Method::POST, "/bff/logout", None).await?;
        ensure!(answer.status == StatusCode::OK, "sign-out answers {}: {}", answer.status, answer.body);
        let url = answer.json()?["url"].as_str().context("read the URL that sign-out answers")?.to_owned();
        self.agent.navigate(self.url(&url)?).await?;
        Ok(())
    }

    /// Calls the application as the page does.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn call(&mut self, method: Method, path: &str, json: Option<&str>) -> Result<Answer> {
        let origin = self.origins.app.to_string();
        let mut headers = vec![("x-csrf", "1"), ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
        if method != Method::GET {
            headers.push(("origin", &origin));
        }
        if json.is_some() {
            headers.push(("content-type", "application/json"));
        }
        self.agent.send(method, self.url(path)?, &headers, json.map(str::to_owned)).await
    }

    /// Asks for the access token that a token-mediating backend hands to its page; nothing where it refuses.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one without a token.
    pub async fn handed_out(&mut self) -> Result<Option<String>> {
        let answer = self.call(Method::GET, "/bff/tokens", None).await?;
        if answer.status != StatusCode::OK {
            return Ok(None);
        }
        let token = answer.json()?["access_token"].as_str().map(str::to_owned);
        token.map(Some).context("find the access token in the answer")
    }

    /// Returns the session cookies: what a thief of cookies copies from the application's host.
    pub fn session_cookies(&self) -> Vec<Cookie> {
        self.agent.cookies().into_iter().filter(|cookie| cookie.host == self.origins.app.host()).collect()
    }

    fn url(&self, path: &str) -> Result<Url> {
        Url::parse(self.origins.app.as_str())?.join(path).with_context(|| format!("read the path {path}"))
    }
}
