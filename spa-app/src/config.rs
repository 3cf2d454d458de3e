//! What the host must know about the page, itself and the page's peers.

use hosting::{Issuer, Origin};

use crate::settings::{Renewal, Settings};

/// What the host must know about the page, itself and the page's peers.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the page is reached.
    pub origin: Origin,
    /// Who signs its users in.
    pub issuer: Issuer,
    /// Further origins at which the issuer has endpoints that the page calls; most issuers have none.
    pub issuer_origins: Vec<Origin>,
    /// The API that the page calls.
    pub api: Origin,
    /// Under which name the page is known to the issuer.
    pub client_id: String,
    /// What a sign-in asks for, as in `openid profile accounts offline_access`.
    pub scope: String,
    /// What the access token is for (RFC 8707), where the issuer wants to be told.
    pub resource: Option<String>,
    /// The page as it was built.
    pub page: Page,
}

/// The built page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Its script, served at `/assets/app.js`.
    pub script: String,
    /// Its style sheet, served at `/assets/app.css`.
    pub style: String,
    /// The dedicated worker that holds the tokens, served at `/assets/spa-worker.js` with `store = worker`.
    pub worker: Option<String>,
    /// Its service worker, served at `/service-worker.js` with `pwa = on`.
    pub service_worker: Option<String>,
    /// Its web app manifest, served at `/manifest.webmanifest` with `pwa = on`.
    pub manifest: Option<String>,
    /// Its icon as SVG, served at `/assets/icon.svg`.
    pub icon: Option<String>,
    /// Hostile script that is delivered with the page's own, as a compromised dependency would be.
    pub implant: Option<String>,
    /// What else the page is told by its host, as a JSON object: settings that change without a rebuild.
    pub settings: serde_json::Value,
}

impl Config {
    /// Returns the origin of the issuer's URL, in its serialised form (RFC 6454 §6.2).
    pub(crate) fn issuer_origin(&self) -> String {
        let url = url::Url::parse(self.issuer.as_str()).expect("an issuer is a URL");
        url.origin().ascii_serialization()
    }

    /// Returns the origin at which the API takes WebSockets.
    pub(crate) fn live_origin(&self) -> String {
        let scheme = if self.api.is_secure() { "wss" } else { "ws" };
        format!("{scheme}://{}", self.api.authority())
    }

    /// Returns what a sign-in asks for: without `offline_access` where no refresh token is used.
    pub(crate) fn scope(&self, settings: &Settings) -> String {
        let is_used = |scope: &&str| settings.renewal == Renewal::RefreshToken || *scope != "offline_access";
        self.scope.split_ascii_whitespace().filter(is_used).collect::<Vec<_>>().join(" ")
    }
}
