//! What the BFF must know about itself and its peers.

use std::path::PathBuf;

use hosting::{Identity, Issuer, Origin, Secret};

/// What the BFF must know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it is served.
    pub origin: Origin,
    /// The identity provider.
    ///
    /// The built-in accounts belong to its `preferred_username`, which is a testbed's convenience: at a provider where
    /// users choose that name, whoever takes another's has that user's accounts (OpenID Connect Core 1.0 §5.7).
    pub issuer: Issuer,
    /// What it is registered as there.
    pub client: Registration,
    /// What a sign-in asks for.
    pub scope: String,
    /// The APIs behind it, by the first segment of their path below `/api/`.
    pub apis: Vec<Api>,
    /// The technical user of APIs that know no other (`downstream = password`): name and password.
    pub technical_user: Option<(String, Secret)>,
    /// The public API that the page calls itself, where tokens are handed out.
    pub public_api: Option<PublicApi>,
    /// Where sessions are kept.
    pub storage: Storage,
    /// The page that it delivers.
    pub page: Page,
}

/// A registration at the provider, with whatever it can prove itself by; `client_auth` says what is used.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The `client_id`.
    pub id: String,
    /// Its secret, for `client-secret-basic`.
    pub secret: Option<Secret>,
    /// Its private key in PEM (PKCS#8, P-256), for `private-key-jwt` and for DPoP.
    pub key: Option<Secret>,
    /// Its certificate and private key, for `self-signed-tls-client-auth` and for certificate-bound tokens.
    pub certificate: Option<Identity>,
}

/// An API behind the BFF.
#[derive(Clone, Debug)]
pub struct Api {
    /// The first segment of its path below `/api/`.
    pub name: String,
    /// What stands in place of `/api/<name>`: an origin, or an origin with a path.
    pub base: String,
    /// What its tokens are for (RFC 8707), where it takes tokens of its own.
    pub audience: Option<String>,
    /// The routes that are passed on; nothing else of it can be reached.
    pub routes: Vec<Route>,
}

/// A route of an API that is passed on.
#[derive(Clone, Debug)]
pub struct Route {
    /// The methods; `CONNECT` stands for a WebSocket, over HTTP/1.1 and HTTP/2 (RFC 8441 §4).
    pub methods: Vec<http::Method>,
    /// The path below the API's base, in segments; `*` stands for one segment, a last `**` for any number.
    pub path: String,
}

/// An API that the page calls itself.
#[derive(Clone, Debug)]
pub struct PublicApi {
    /// Where it is.
    pub origin: Origin,
    /// What its tokens are for (RFC 8707).
    pub audience: String,
    /// The scopes that a handed-out token keeps.
    pub scope: String,
}

/// Where sessions are kept, for the stores that need a place.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// The file of the embedded store.
    pub file: Option<PathBuf>,
    /// The address of Redis, as in `redis://127.0.0.1:6379`.
    pub redis: Option<Secret>,
    /// 32 bytes that the replicas of one application share, for what they seal; nothing makes fresh ones at every start,
    /// which Redis refuses.
    pub key: Option<[u8; 32]>,
}

/// The built page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its script.
    pub script: String,
    /// Its style sheet.
    pub style: String,
    /// The service worker of its own, where it has one; delivered with `csp.worker = own`.
    pub worker: Option<String>,
    /// Its web app manifest, which goes with the worker.
    pub manifest: Option<String>,
    /// Its icon as SVG.
    pub icon: Option<String>,
    /// Hostile script that the testbed plants in the bundle.
    pub implant: Option<String>,
    /// What the page is told by its host, as JSON: settings that change without a rebuild.
    pub settings: serde_json::Value,
}
