//! A relying party of the provider that does exactly what it is told, right or wrong, with a browser of its own.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosting::{Origin, Secret, base64url, random_token, sha256};
use http::{Method, StatusCode};
use url::Url;

use super::user_agent::{Answer, UserAgent};
use crate::testbed::PASSWORD;

/// The scopes that it asks for unless it is told otherwise.
const SCOPE: &str = "openid profile accounts offline_access";

/// A client of the provider.
#[derive(Clone)]
pub struct RelyingParty {
    /// The user's browser, which keeps the provider's session.
    pub browser: UserAgent,
    /// The client's own connection, which has no cookies.
    server: UserAgent,
    provider: Origin,
    /// Its identifier.
    pub client_id: &'static str,
    secret: Option<Secret>,
    /// Where its codes are sent.
    pub redirect_uri: String,
    /// The verifier of its sign-ins.
    pub code_verifier: String,
}

/// What the token endpoint gave.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
}

impl RelyingParty {
    /// Makes one whose browser has no session yet; a client without a secret is a public one.
    pub fn new(
        browser: UserAgent,
        server: UserAgent,
        provider: &Origin,
        client_id: &'static str,
        secret: Option<Secret>,
        redirect_uri: String,
    ) -> Self {
        let provider = provider.clone();
        Self { browser, server, provider, client_id, secret, redirect_uri, code_verifier: random_token() }
    }

    /// Sends an authorization request through the browser, and follows nothing.
    ///
    /// What is given replaces the parameters of an honest request; an empty value takes one away.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn authorize(&mut self, changes: &[(&str, &str)]) -> Result<Answer> {
        let challenge = base64url(&sha256(self.code_verifier.as_bytes()));
        let (state, nonce) = (random_token(), random_token());
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", SCOPE),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        query.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        query.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        let mut url = self.at("/authorize")?;
        url.query_pairs_mut().extend_pairs(query);
        self.browser.send(Method::GET, url, &[("accept", "text/html")], None).await
    }

    /// Signs a user in where the provider asks for it, and returns the answer that leads back to the client.
    ///
    /// # Errors
    ///
    /// When a step does not answer as it must.
    pub async fn sign_in(&mut self, username: &str, changes: &[(&str, &str)]) -> Result<Answer> {
        let answer = self.authorize(changes).await?;
        if answer.status == StatusCode::OK {
            self.browser.post_login(&answer, username, PASSWORD).await
        } else {
            Ok(answer)
        }
    }

    /// Signs a user in and returns the code.
    ///
    /// # Errors
    ///
    /// When the provider gives none.
    pub async fn code(&mut self, username: &str) -> Result<String> {
        let answer = self.sign_in(username, &[]).await?;
        code_in(&answer).with_context(|| format!("the provider must answer a code, but answered {}", answer.status))
    }

    /// Signs a user in and exchanges the code.
    ///
    /// # Errors
    ///
    /// When the provider gives no tokens.
    pub async fn tokens(&mut self, username: &str) -> Result<Tokens> {
        let code = self.code(username).await?;
        let answer = self.redeem(&code, &[]).await?;
        ensure!(answer.status == StatusCode::OK, "the token endpoint answers {}: {}", answer.status, answer.body);
        Tokens::of(&answer)
    }

    /// Exchanges a code; what is given replaces, and an empty value takes away.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn redeem(&mut self, code: &str, changes: &[(&str, &str)]) -> Result<Answer> {
        let (redirect_uri, code_verifier) = (self.redirect_uri.clone(), self.code_verifier.clone());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &code_verifier),
        ];
        form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/token", &form).await
    }

    /// Asks for fresh tokens.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn refresh(&mut self, refresh_token: &str) -> Result<Answer> {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Revokes a token.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn revoke(&mut self, token: &str) -> Result<Answer> {
        self.post("/revoke", &[("token", token)]).await
    }

    /// Asks what a token is worth.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn introspect(&mut self, token: &str) -> Result<Answer> {
        self.post("/introspect", &[("token", token)]).await
    }

    /// Posts a form with the client's authentication: its secret as Basic credentials, or its identifier alone.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = self.secret.as_ref().map(|secret| {
            format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(self.client_id), encode(secret.expose()))))
        });
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        let mut form = form.to_vec();
        match &basic {
            Some(basic) => headers.push(("authorization", basic)),
            None => form.push(("client_id", self.client_id)),
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let url = self.at(path)?;
        self.server.send(Method::POST, url, &headers, Some(body)).await
    }

    fn at(&self, path: &str) -> Result<Url> {
        Ok(Url::parse(self.provider.as_str())?.join(path)?)
    }
}

impl Tokens {
    /// Reads the answer of the token endpoint.
    ///
    /// # Errors
    ///
    /// When a token is missing.
    pub fn of(answer: &Answer) -> Result<Self> {
        let json = answer.json()?;
        let token =
            |name: &str| json[name].as_str().map(str::to_owned).with_context(|| format!("find {name} in the answer"));
        Ok(Self { access_token: token("access_token")?, refresh_token: token("refresh_token")? })
    }
}

/// Returns the code that an answer sends to the client, whatever the address.
pub fn code_in(answer: &Answer) -> Option<String> {
    let location = answer.location()?;
    location.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned())
}
