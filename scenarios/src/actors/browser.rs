//! A real headless Chromium over WebDriver, alone with the names of its play.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use super::driver::Driver;
use crate::testbed::{PASSWORD, Testbed};

/// How long a page may take to reach a state; machines of continuous integration are noisy.
const PATIENCE: Duration = Duration::from_secs(15);

/// A command of Chromium's own protocol, through the driver.
#[derive(Debug)]
struct Cdp(&'static str, Value);

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({"cmd": self.0, "params": self.1}).to_string()))
    }
}

/// Asks the driver for what the browser's console has said.
#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({"type": "browser"}).to_string()))
    }
}

/// A tab of a browser.
#[derive(Clone, Debug)]
pub struct Tab(WindowHandle);

/// One browser with a profile of its own.
pub struct Browser {
    client: Client,
    app: String,
    idp: String,
}

impl Browser {
    /// Opens a browser that knows the names of this play and no others.
    ///
    /// # Errors
    ///
    /// When the driver or the browser does not start.
    pub async fn open(driver: &Driver, testbed: &Testbed) -> Result<Self> {
        let capabilities = capabilities(driver, testbed)?;
        let mut builder = ClientBuilder::new(hyper_connector());
        let connect = builder.capabilities(capabilities).connect(&driver.inner.url);
        let client = tokio::time::timeout(PATIENCE * 2, connect)
            .await
            .context("no browser opened in time")?
            .context("open a browser")?;
        Ok(Self { client, app: testbed.origins.app.to_string(), idp: testbed.origins.idp.to_string() })
    }

    /// Returns the browser's process id, as the driver tells it.
    pub fn process_id(&self) -> Option<u64> {
        self.client.capabilities()?.get("goog:processID")?.as_u64()
    }

    /// Goes to an address as if it was typed; attacks never start so.
    ///
    /// # Errors
    ///
    /// When the page is not there: an error page of the browser raises too.
    pub async fn goto(&self, url: &str) -> Result<()> {
        bounded("load the page", self.client.goto(url)).await?;
        let at = bounded("read the address", self.client.current_url()).await?;
        ensure!(at.scheme() != "chrome-error", "the browser shows an error page instead of {url}");
        Ok(())
    }

    /// Opens the application's page and waits until it knows whether somebody is signed in.
    ///
    /// # Errors
    ///
    /// When the page does not come to rest.
    pub async fn open_app(&self) -> Result<String> {
        self.goto(&format!("{}/", self.app)).await?;
        self.settled().await
    }

    /// Waits until the page says that it is signed in or out, and returns which.
    ///
    /// # Errors
    ///
    /// When it does not within its bound.
    pub async fn settled(&self) -> Result<String> {
        let script = "const s = document.documentElement.dataset.state; \
                      return location.origin === arguments[0] && (s === 'signed-in' || s === 'signed-out' || s === 'error') ? s : null;";
        let found = self.until("the page to settle", script, vec![json!(self.app)]).await?;
        found.as_str().map(str::to_owned).context("read the page's state")
    }

    /// Signs in through the page's own button and the provider's own form.
    ///
    /// # Errors
    ///
    /// When a step does not lead where it must.
    pub async fn sign_in(&self, username: &str) -> Result<()> {
        self.begin_sign_in(username).await?;
        let state = self.settled().await?;
        ensure!(state == "signed-in", "the page is {state} after the sign-in");
        Ok(())
    }

    /// Signs in as [`Self::sign_in`] does, up to the submitted form.
    ///
    /// # Errors
    ///
    /// When a step does not lead where it must.
    pub async fn begin_sign_in(&self, username: &str) -> Result<()> {
        let state = self.open_app().await?;
        ensure!(state == "signed-out", "the page is {state} before anybody signed in");
        self.click("#sign-in").await?;
        let script = "return location.origin === arguments[0] && !!document.querySelector('input[name=username]');";
        self.until("the login page", script, vec![json!(self.idp)]).await?;
        self.fill("input[name=username]", username).await?;
        self.fill("input[name=password]", PASSWORD).await?;
        self.click("button[type=submit]").await
    }

    /// Signs out through the page's own button, and waits until the page is back.
    ///
    /// # Errors
    ///
    /// When the page does not come back signed out.
    pub async fn sign_out(&self) -> Result<()> {
        self.click("#sign-out").await?;
        let script = "return location.origin === arguments[0] && document.documentElement.dataset.state === 'signed-out' ? true : null;";
        self.until("the page to be signed out", script, vec![json!(self.app)]).await?;
        Ok(())
    }

    /// Leads the victim to a page of the attacker, as a link in a message would.
    ///
    /// # Errors
    ///
    /// When the page is not there.
    pub async fn lure(&self, url: &str) -> Result<()> {
        self.goto(url).await
    }

    /// Waits until a script returns something true.
    ///
    /// # Errors
    ///
    /// When it does not within its bound.
    pub async fn until(&self, what: &str, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let search = async {
            let mut pause = tokio::time::interval(Duration::from_millis(25));
            loop {
                pause.tick().await;
                // Between two documents there may be nothing to ask; the bound ends that too.
                match self.client.execute(script, arguments.clone()).await {
                    Ok(Value::Null | Value::Bool(false)) => {}
                    Ok(found) => return Ok(found),
                    Err(error) if error.is_javascript_error() || error.to_string().contains("context") => {}
                    Err(error) => return Err(anyhow!(error).context(format!("wait for {what}"))),
                }
            }
        };
        if let Ok(found) = tokio::time::timeout(PATIENCE, search).await {
            return found;
        }
        let at = self.client.current_url().await;
        // Without the query, which may carry a credential.
        let at = at.map_or_else(|_| "nowhere".to_owned(), |url| url[..url::Position::AfterPath].to_owned());
        bail!("waited {} s in vain for {what}; the browser is at {at}", PATIENCE.as_secs())
    }

    /// Reads something from the page; never an attack, because WebDriver is not bound by the page's policy.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn read(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        bounded("read from the page", self.client.execute(script, arguments)).await
    }

    /// Clicks an element.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = bounded(selector, self.client.find(Locator::Css(selector))).await?;
        bounded(selector, element.click()).await
    }

    /// Types into an element.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let element = bounded(selector, self.client.find(Locator::Css(selector))).await?;
        bounded(selector, element.send_keys(text)).await
    }

    /// Opens another tab of the same profile and turns to it; returns the one that was looked at until now.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn open_tab(&self) -> Result<Tab> {
        let here = bounded("name the tab", self.client.window()).await?;
        let opened = bounded("open a tab", self.client.new_window(true)).await?;
        self.turn_to(Tab(opened.handle)).await?;
        Ok(Tab(here))
    }

    /// Turns to a tab; what is done from now on is done there.
    ///
    /// # Errors
    ///
    /// When it was closed, or the browser does not answer.
    pub async fn turn_to(&self, tab: Tab) -> Result<()> {
        bounded("turn to the tab", self.client.switch_to_window(tab.0)).await
    }

    /// Sends a command of Chromium's own protocol to the tab that is looked at, and returns the answer.
    ///
    /// # Errors
    ///
    /// When the browser refuses, or does not answer.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        bounded(command, self.client.issue_cmd(Cdp(command, parameters))).await
    }

    /// Returns every cookie of the profile, those of other sites and `HttpOnly` ones included.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn all_cookies(&self) -> Result<Vec<Value>> {
        let answer =
            bounded("read the cookies", self.client.issue_cmd(Cdp("Network.getAllCookies", json!({})))).await?;
        answer["cookies"].as_array().cloned().context("read the list of cookies")
    }

    /// Returns what the console has said since it was asked last, violations of policies included.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn console(&self) -> Result<Vec<String>> {
        let lines = bounded("read the console", self.client.issue_cmd(ConsoleLog)).await?;
        let lines = lines.as_array().context("the console's log is a list")?;
        Ok(lines.iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// Makes the page believe in a window's width and a colour scheme.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn look_as(&self, width: u32, scheme: &str) -> Result<()> {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        bounded("set the window's width", self.client.issue_cmd(Cdp("Emulation.setDeviceMetricsOverride", metrics)))
            .await?;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        bounded("set the colour scheme", self.client.issue_cmd(Cdp("Emulation.setEmulatedMedia", media))).await?;
        Ok(())
    }

    /// Takes a picture of the page as PNG.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        bounded("take a picture", self.client.screenshot()).await
    }

    /// Closes the browser; one that no longer answers is left to its driver's end.
    pub async fn close(self) {
        let _ = tokio::time::timeout(PATIENCE, self.client.clone().close()).await;
    }
}

impl Drop for Browser {
    /// A play that panicked or hung leaves its browser open; two cores have no room for it.
    fn drop(&mut self) {
        let client = self.client.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { tokio::time::timeout(PATIENCE, client.close()).await });
        }
    }
}

async fn bounded<T>(what: &str, answer: impl Future<Output = Result<T, fantoccini::error::CmdError>>) -> Result<T> {
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    answer.with_context(|| format!("{what}: the browser did not answer in time"))?.with_context(|| what.to_owned())
}

fn hyper_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

fn capabilities(driver: &Driver, testbed: &Testbed) -> Result<Capabilities> {
    let mut args = world(testbed);
    args.extend(["--headless", "--disable-gpu", "--disable-dev-shm-usage"].map(str::to_owned));
    args.push(format!("--crash-dumps-dir={}", driver.inner.home.path().display()));
    let options = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "binary": driver.inner.browser, "args": args },
    });
    options.as_object().cloned().context("capabilities are an object")
}

/// The arguments that make a Chromium see this play and nothing else of the world.
pub(crate) fn world(testbed: &Testbed) -> Vec<String> {
    let mut rules: Vec<String> = testbed
        .names
        .all()
        .into_iter()
        .filter(|(_, address)| *address == testbed.address())
        .map(|(host, address)| format!("MAP {host}:443 {address}"))
        .collect();
    rules.extend(["MAP * ~NOTFOUND".to_owned(), "EXCLUDE 127.0.0.1".to_owned()]);
    let quiet = [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];
    let mut args: Vec<String> = quiet.map(str::to_owned).to_vec();
    args.push(format!("--host-resolver-rules={}", rules.join(", ")));
    if let Some(authority) = &testbed.authority {
        args.push(format!("--ignore-certificate-errors-spki-list={}", authority.public_key_sha256()));
    }
    args
}
