//! A user agent over plain HTTP: cookies per host, redirects followed one by one, everything journalled.

use anyhow::{Context as _, Result, bail, ensure};
use hosting::Outbound;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use super::form::Form;

/// One cookie, host-only.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The host that set it.
    pub host: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it stays away from requests that another site began (`SameSite=Strict`).
    pub strict: bool,
}

/// A user agent; clones have jars of their own.
#[derive(Clone)]
pub struct UserAgent {
    outbound: Outbound,
    cookies: Vec<Cookie>,
    /// Every `Set-Cookie` that was seen, with the host that sent it.
    pub set_cookies: Vec<(String, String)>,
}

/// An answer, body included.
pub struct Answer {
    /// Where it came from.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("read JSON from {}", self.url.path()))
    }

    /// Returns where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        self.status.is_redirection().then(|| self.url.join(location).ok()).flatten()
    }
}

/// Who began a request, as far as `SameSite` asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Initiator {
    SameSite,
    OtherSite,
}

/// Returns the registrable domain; under `.test` and `.localhost` it is the last two labels.
fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let labels: Vec<&str> = host.rsplit('.').take(2).collect();
    labels.join(".")
}

const MOST_REDIRECTS: usize = 12;

impl UserAgent {
    /// Makes a user agent with an empty jar.
    pub fn new(outbound: &Outbound, party: &'static str) -> Self {
        Self { outbound: outbound.named(party), cookies: Vec::new(), set_cookies: Vec::new() }
    }

    /// Returns the cookies.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.cookies.clone()
    }

    /// Puts a cookie into the jar, in place of one of the same host and name.
    pub fn set_cookie(&mut self, cookie: Cookie) {
        self.cookies.retain(|known| known.host != cookie.host || known.name != cookie.name);
        self.cookies.push(cookie);
    }

    /// Sends one request with the jar's cookies and takes what the answer sets.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn send(
        &mut self,
        method: Method,
        url: Url,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer> {
        self.send_from(Initiator::SameSite, method, url, headers, body).await
    }

    async fn send_from(
        &mut self,
        initiator: Initiator,
        method: Method,
        url: Url,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = reqwest::Request::new(method.clone(), url.clone());
        let crumbs: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.host == host && (initiator == Initiator::SameSite || !cookie.strict))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !crumbs.is_empty() {
            request.headers_mut().insert(header::COOKIE, HeaderValue::from_str(&crumbs.join("; "))?);
        }
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_bytes(value.as_bytes())?);
        }
        if let Some(body) = body {
            *request.body_mut() = Some(body.into());
        }
        let response = self.outbound.send(request).await.with_context(|| format!("{method} {host}{}", url.path()))?;
        let (status, headers) = (response.status(), response.headers().clone());
        for value in headers.get_all(header::SET_COOKIE) {
            self.take(&host, &String::from_utf8_lossy(value.as_bytes()));
        }
        let body = response.text().await.with_context(|| format!("read the body of {}", url.path()))?;
        Ok(Answer { url, status, headers, body })
    }

    /// Navigates: follows redirects up to a bound and returns the last answer.
    ///
    /// # Errors
    ///
    /// When there is no answer, or too many redirects.
    pub async fn navigate(&mut self, url: Url) -> Result<Answer> {
        self.follow(Initiator::SameSite, url).await
    }

    /// A chain of redirects that once crossed sites stays cross-site to its end (RFC 6265bis §5.2).
    async fn follow(&mut self, mut initiator: Initiator, url: Url) -> Result<Answer> {
        let mut answer = self.send_from(initiator, Method::GET, url, &NAVIGATION, None).await?;
        for _ in 0..MOST_REDIRECTS {
            let Some(next) = answer.location() else { return Ok(answer) };
            if site(&next) != site(&answer.url) {
                initiator = Initiator::OtherSite;
            }
            answer = self.send_from(initiator, Method::GET, next, &NAVIGATION, None).await?;
        }
        bail!("more than {MOST_REDIRECTS} redirects, last to {}", answer.url.path())
    }

    /// Fills in and submits the provider's login form, and follows where it leads.
    ///
    /// # Errors
    ///
    /// When the page has no such form, or the login was refused.
    pub async fn submit_login(&mut self, page: &Answer, username: &str, password: &str) -> Result<Answer> {
        let answer = self.post_login(page, username, password).await?;
        match answer.location() {
            Some(next) => {
                let initiator =
                    if site(&next) == site(&answer.url) { Initiator::SameSite } else { Initiator::OtherSite };
                self.follow(initiator, next).await
            }
            None => Ok(answer),
        }
    }

    /// Fills in and submits the provider's login form, without following.
    ///
    /// # Errors
    ///
    /// As [`Self::submit_login`].
    pub async fn post_login(&mut self, page: &Answer, username: &str, password: &str) -> Result<Answer> {
        let mut form =
            Form::first_in(&page.body).with_context(|| format!("find the login form at {}", page.url.path()))?;
        form.fill("username", username);
        form.fill("password", password);
        let url = page.url.join(&form.action).context("read the form's action")?;
        let origin = page.url.origin().ascii_serialization();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.send(Method::POST, url, &headers, Some(form.encoded())).await?;
        ensure!(
            !answer.status.is_client_error() && !answer.status.is_server_error(),
            "the provider answered {} to the login",
            answer.status
        );
        Ok(answer)
    }

    fn take(&mut self, host: &str, set_cookie: &str) {
        self.set_cookies.push((host.to_owned(), set_cookie.to_owned()));
        let (pair, attributes) = set_cookie.split_once(';').unwrap_or((set_cookie, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        let strict = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("samesite=strict"));
        let dead = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
        self.cookies.retain(|cookie| cookie.host != host || cookie.name != name.trim());
        if !dead {
            self.cookies.push(Cookie {
                host: host.to_owned(),
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
                strict,
            });
        }
    }
}

const NAVIGATION: [(&str, &str); 3] =
    [("accept", "text/html"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
