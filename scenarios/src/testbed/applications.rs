//! The application and the API of a play, each handed its half of what was agreed.

use anyhow::{Context as _, Result};
use axum::Router;
use hosting::{Handed, Origin, Wire};
use serde_json::{Value, json};

use super::secrets::TECHNICAL_USER;
use super::{Origins, Secrets, attacker, wire};
use crate::deployment::{Architecture, Deployment};
use crate::page::{Page, Pages};
use crate::settings::{Implant, Live, Settings, Widget};

/// The audience of the business API's access tokens.
pub(super) const AUDIENCE: &str = "accounts-api";

/// The audience of the second API's access tokens.
pub(super) const PAYMENTS: &str = "payments-api";

/// The one scope that the APIs look for.
pub(super) const SCOPE: &str = "accounts";

/// What every sign-in asks for.
const SIGN_IN_SCOPE: &str = "openid profile accounts offline_access";

/// What the servers of a play are built from.
pub(super) struct Parts<'a> {
    pub(super) deployment: &'a Deployment,
    /// The settings, with what was agreed in them.
    pub(super) settings: &'a Settings,
    pub(super) origins: &'a Origins,
    pub(super) secrets: &'a Secrets,
    pub(super) pages: &'a Pages,
    pub(super) storage: bff_app::Storage,
    pub(super) handed: Handed,
}

/// What serves the application and its APIs, by the zone in which it can be reached.
pub(super) struct Built {
    pub(super) public: Vec<Wire>,
    pub(super) private: Vec<Wire>,
    /// Counts the transfers that were carried out, by whichever of them.
    pub(super) transfers: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Parts<'_> {
    /// Builds what the architecture consists of.
    pub(super) fn build(&self) -> Result<Built> {
        let Origins { app, api, downstream, payments, .. } = self.origins;
        let second = wire(payments, "payments", self.payments(payments)?.router);
        match self.deployment.architecture {
            Architecture::Bff => {
                let (bff, orders) = (self.bff()?, self.api(downstream)?);
                let ledger = bff.ledger;
                Ok(Built {
                    public: vec![wire(app, "bff", bff.router)],
                    private: vec![wire(downstream, "api", orders.router), second],
                    transfers: Box::new(move || ledger.transfers()),
                })
            }
            Architecture::Spa => {
                let business = self.api(api)?;
                let ledger = business.ledger;
                Ok(Built {
                    public: vec![wire(api, "api", business.router), second, wire(app, "spa", self.spa())],
                    private: Vec::new(),
                    transfers: Box::new(move || ledger.transfers()),
                })
            }
            Architecture::Tmb => {
                let (backend, business) = (self.bff()?, self.api(api)?);
                // The backend can move money too, so that is counted as well.
                let (own, ledger) = (backend.ledger, business.ledger);
                Ok(Built {
                    public: vec![wire(api, "api", business.router), second, wire(app, "tmb", backend.router)],
                    private: Vec::new(),
                    transfers: Box::new(move || own.transfers() + ledger.transfers()),
                })
            }
            Architecture::Provider => Ok(Built { public: Vec::new(), private: Vec::new(), transfers: Box::new(|| 0) }),
        }
    }

    /// Builds the business API at an origin.
    fn api(&self, origin: &Origin) -> Result<public_api::Api> {
        self.api_of(origin, "api", public_api::Business::Accounts, AUDIENCE)
    }

    /// Builds the second API, whose tokens are for another audience.
    fn payments(&self, origin: &Origin) -> Result<public_api::Api> {
        self.api_of(origin, "payments", public_api::Business::Payments, PAYMENTS)
    }

    fn api_of(
        &self,
        origin: &Origin,
        name: &'static str,
        business: public_api::Business,
        audience: &str,
    ) -> Result<public_api::Api> {
        let config = public_api::Config {
            name,
            business,
            origin: origin.clone(),
            issuer: self.origins.idp.clone().into(),
            introspection: Some(public_api::IntrospectionClient {
                id: name.to_owned(),
                secret: self.secrets.api.clone(),
            }),
            audience: audience.to_owned(),
            scope: SCOPE.to_owned(),
            allowed_origins: vec![self.origins.app.clone()],
        };
        public_api::app(config, self.settings.api.clone(), self.handed.clone())
            .with_context(|| format!("build the {name}"))
    }

    /// Builds the backend, of a BFF or of a token-mediating backend.
    fn bff(&self) -> Result<bff_app::Bff> {
        let Secrets { bff, bff_key, bff_certificate, technical, .. } = self.secrets;
        let hands_out = self.settings.bff.handed_out != bff_app::HandedOut::None;
        let config = bff_app::Config {
            origin: self.origins.app.clone(),
            issuer: self.origins.idp.clone().into(),
            client: bff_app::Registration {
                id: "bff".to_owned(),
                secret: Some(bff.clone()),
                key: Some(bff_key.pem.clone()),
                certificate: Some(bff_certificate.clone()),
            },
            scope: SIGN_IN_SCOPE.to_owned(),
            apis: self.apis(),
            technical_user: Some((TECHNICAL_USER.to_owned(), technical.clone())),
            public_api: hands_out.then(|| bff_app::PublicApi {
                origin: self.origins.api.clone(),
                audience: AUDIENCE.to_owned(),
                scope: SCOPE.to_owned(),
            }),
            storage: self.storage.clone(),
            page: self.backend_page(),
        };
        bff_app::app(config, self.settings.bff.clone(), self.handed.clone()).context("build the BFF")
    }

    /// The APIs behind the BFF; a token-mediating backend has none, because its page calls the API itself.
    fn apis(&self) -> Vec<bff_app::Api> {
        if self.deployment.architecture == Architecture::Tmb {
            return Vec::new();
        }
        let get = |path: &str| bff_app::Route { methods: vec![http::Method::GET], path: path.to_owned() };
        let api = |name: &str, origin: &Origin, audience: &str, routes| bff_app::Api {
            name: name.to_owned(),
            base: format!("{origin}/{name}"),
            audience: Some(audience.to_owned()),
            routes,
        };
        vec![
            api("orders", &self.origins.downstream, AUDIENCE, vec![get("list"), get("*")]),
            api("payments", &self.origins.payments, PAYMENTS, vec![get("")]),
        ]
    }

    fn backend_page(&self) -> bff_app::Page {
        let page = if self.deployment.architecture == Architecture::Tmb { &self.pages.tmb } else { &self.pages.bff };
        let Page { script, style, service_worker, manifest, icon, .. } = page.clone();
        bff_app::Page {
            script,
            style,
            worker: Some(service_worker),
            manifest: Some(manifest),
            icon: Some(icon),
            implant: self.implant(),
            settings: self.page_settings(),
        }
    }

    /// Builds the static host of the single-page application.
    fn spa(&self) -> Router {
        let Page { script, style, worker, service_worker, manifest, icon } = self.pages.spa.clone();
        let config = spa_app::Config {
            origin: self.origins.app.clone(),
            issuer: self.origins.idp.clone().into(),
            issuer_origins: Vec::new(),
            api: self.origins.api.clone(),
            client_id: "spa".to_owned(),
            scope: SIGN_IN_SCOPE.to_owned(),
            resource: None,
            page: spa_app::Page {
                script,
                style,
                worker,
                service_worker: Some(service_worker),
                manifest: Some(manifest),
                icon: Some(icon),
                implant: self.implant(),
                settings: self.page_settings(),
            },
        };
        spa_app::app(config, self.settings.spa.clone(), self.handed.clone())
    }

    fn page_settings(&self) -> Value {
        let mut told = json!({});
        if self.settings.page.widget == Widget::UnsafeHtml {
            told["widget"] = json!("unsafe-html");
        }
        if self.deployment.architecture.has_session() && self.settings.bff.csp.worker == bff_app::Worker::Own {
            told["pwa"] = json!(true);
        }
        let in_cookie = self.settings.spa.credential == spa_app::Credential::Cookie;
        if self.deployment.architecture == Architecture::Tmb && in_cookie {
            // The mistake that brings CSRF back: a cookie for the parent domain, which the API accepts.
            let host = self.origins.app.host();
            told["cookie_domain"] = json!(host.split_once('.').map_or(host, |(_, parent)| parent));
        }
        if self.settings.page.live == Live::Websocket {
            told["live"] = json!("websocket");
        }
        told
    }

    fn implant(&self) -> Option<String> {
        let mode = match self.settings.page.implant {
            Implant::Off => return None,
            Implant::Read => "read",
            Implant::Steal => "steal",
            Implant::Ride => "ride",
        };
        Some(attacker::implant(mode, &self.origins.evil))
    }
}
