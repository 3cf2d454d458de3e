//! What a scenario may touch: a running deployment, users, thieves, the clock, and fresh plays for measured lives.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use hosting::{Clock, Credentials, Journal, Secret};

use crate::actors::bff_user::BffUser;
use crate::actors::browser::Browser;
use crate::actors::driver::Driver;
use crate::actors::relying_party::RelyingParty;
use crate::actors::spa_user::SpaUser;
use crate::actors::user_agent::UserAgent;
use crate::deployment::Deployment;
use crate::page::Pages;
use crate::scenario::Life;
use crate::testbed::{Scheme, Testbed};

/// What all plays of a run share.
#[derive(Clone)]
pub struct Theatre {
    /// Where plays live.
    pub scheme: Scheme,
    /// The page.
    pub pages: Arc<Pages>,
    /// Numbers the plays, so that each has host names of its own.
    pub numbers: Arc<AtomicUsize>,
}

impl Theatre {
    /// Boots a deployment on names of its own.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound.
    pub fn boot(&self, deployment: &Deployment) -> Result<Testbed> {
        let n = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        Testbed::boot(deployment, n, &self.scheme, &self.pages, 0, Clock::standing())
    }
}

/// What a play leaves behind, even one that panicked.
#[derive(Clone)]
pub struct Evidence {
    /// Its traffic.
    pub journal: Journal,
    /// Its credentials, by which what it says is redacted.
    pub credentials: Credentials,
}

impl Evidence {
    fn of(testbed: &Testbed) -> Self {
        Self { journal: testbed.journal.clone(), credentials: testbed.credentials.clone() }
    }
}

/// One play.
pub struct Stage {
    /// The running deployment.
    pub testbed: Testbed,
    evidence: Arc<Mutex<Evidence>>,
    theatre: Theatre,
    driver: Option<Driver>,
    browser: Option<Browser>,
}

/// A probe on a fresh play: whether the access still works after it was left alone for the given time.
pub type Probe = for<'a> fn(&'a mut Stage, Duration) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// Where watching stops, beyond every life of the defaults.
const WATCHED: u64 = 24 * 3600;

impl Stage {
    /// Raises the curtain on a fresh deployment.
    ///
    /// # Errors
    ///
    /// When it cannot be booted.
    pub fn new(theatre: &Theatre, deployment: &Deployment, driver: Option<Driver>) -> Result<Self> {
        let testbed = theatre.boot(deployment)?;
        let evidence = Arc::new(Mutex::new(Evidence::of(&testbed)));
        Ok(Self { testbed, evidence, theatre: theatre.clone(), driver, browser: None })
    }

    /// Returns where the evidence of this play is, for whoever outlives the play.
    pub fn evidence(&self) -> Arc<Mutex<Evidence>> {
        self.evidence.clone()
    }

    /// Returns the deployment that is played.
    pub fn deployment(&self) -> &Deployment {
        &self.testbed.deployment
    }

    /// Returns a user agent over plain HTTP with an empty jar.
    pub fn user_agent(&self) -> UserAgent {
        UserAgent::new(&self.testbed.outbound, "browser")
    }

    /// Returns the attacker's own user agent, outside any browser of the victim.
    pub fn thief(&self) -> UserAgent {
        UserAgent::new(&self.testbed.outbound, "attacker")
    }

    /// Returns the harness's own user agent, which asks what is still alive.
    pub fn auditor(&self) -> UserAgent {
        UserAgent::new(&self.testbed.outbound, "auditor")
    }

    /// Returns a user of the BFF who is not signed in.
    pub fn bff_user(&self) -> BffUser {
        BffUser::new(self.user_agent(), &self.testbed.origins)
    }

    /// Returns a user of the SPA who is not signed in.
    pub fn spa_user(&self) -> SpaUser {
        let revokes = self.deployment().settings.spa.revoke == spa_app::Switch::On;
        SpaUser::new(self.user_agent(), &self.testbed.origins, revokes)
    }

    /// Returns the BFF's registration at the provider, in the hands of somebody who does what the scenario says.
    pub fn confidential_client(&self) -> RelyingParty {
        let secret = self.testbed.secrets.bff.clone();
        self.relying_party("bff", Some(secret), "/bff/callback")
    }

    /// Returns the SPA's registration at the provider, in the hands of somebody who does what the scenario says.
    pub fn public_client(&self) -> RelyingParty {
        self.relying_party("spa", None, "/callback")
    }

    /// Returns the API's registration at the provider, which may introspect.
    pub fn resource_server(&self) -> RelyingParty {
        self.relying_party("api", Some(self.testbed.secrets.api.clone()), "")
    }

    fn relying_party(&self, client_id: &'static str, secret: Option<Secret>, callback: &str) -> RelyingParty {
        let origins = &self.testbed.origins;
        let redirect_uri = format!("{}{callback}", origins.app);
        let (browser, server) = (self.user_agent(), UserAgent::new(&self.testbed.outbound, "client"));
        RelyingParty::new(browser, server, &origins.idp, client_id, secret, redirect_uri)
    }

    /// Returns the play's browser; the first call opens it.
    ///
    /// # Errors
    ///
    /// When this play has no driver, or no browser opens.
    pub async fn browser(&mut self) -> Result<&mut Browser> {
        if self.browser.is_none() {
            let driver = self.driver.as_ref().context("this play has no browser: run it with --layer browser")?;
            self.browser = Some(Browser::open(driver, &self.testbed).await?);
        }
        self.browser.as_mut().context("the browser was just opened")
    }

    /// Boots this play's deployment again, with hostile script in the page that it delivers.
    ///
    /// # Errors
    ///
    /// When it cannot be booted.
    pub fn plant(&mut self, implant: &str) -> Result<()> {
        let base = self.deployment().clone();
        let settings = base.settings.with("page.implant", implant)?;
        let testbed = self.theatre.boot(&Deployment { settings, ..base })?;
        *self.evidence.lock().unwrap_or_else(PoisonError::into_inner) = Evidence::of(&testbed);
        std::mem::replace(&mut self.testbed, testbed).kill();
        Ok(())
    }

    /// Returns the process id of this play's driver.
    pub fn driver_process_id(&self) -> Option<u32> {
        self.driver.as_ref()?.process_id()
    }

    /// Moves the time of every server of this play.
    pub fn advance(&self, by: Duration) {
        self.testbed.clock.advance(by);
    }

    /// Measures to the second how long an access works when it is left alone: bisection, each probe a play of its own.
    ///
    /// # Errors
    ///
    /// When a probe's own steps fail.
    pub async fn life_left_alone(&self, probe: Probe) -> Result<Life> {
        if !self.probe_fresh(probe, 0).await? {
            return Ok(Life { seconds: 0, censored: false });
        }
        if self.probe_fresh(probe, WATCHED).await? {
            return Ok(Life { seconds: WATCHED, censored: true });
        }
        let (mut alive, mut dead) = (0, WATCHED);
        while dead - alive > 1 {
            let middle = u64::midpoint(alive, dead);
            if self.probe_fresh(probe, middle).await? {
                alive = middle;
            } else {
                dead = middle;
            }
        }
        Ok(Life { seconds: dead, censored: false })
    }

    async fn probe_fresh(&self, probe: Probe, seconds: u64) -> Result<bool> {
        let mut play = Self::new(&self.theatre, self.deployment(), None)?;
        let alive = probe(&mut play, Duration::from_secs(seconds)).await;
        // This play has credentials of its own, which the outer play's registry does not know.
        let alive = alive.map_err(|error| anyhow!("{}", play.testbed.credentials.redact(&format!("{error:#}"))));
        play.end().await;
        alive
    }

    /// Ends the play: closes the browser and stops the servers.
    pub async fn end(mut self) {
        if let Some(browser) = self.browser.take() {
            browser.close().await;
        }
        // Everybody has left: there is no open exchange to wait for.
        self.testbed.kill();
    }
}
