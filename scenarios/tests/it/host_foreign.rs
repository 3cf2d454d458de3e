//! The BFF, the page's host and the API with a provider that nobody here wrote: `oidc-provider`, by configuration only.
//!
//! What had to be configured there, beside the clients: the API as the resource that tokens are for when nobody names one,
//! refresh tokens for clients that do not ask for consent every time, claims in the ID token, and logout tokens to loopback.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use hosting::{base64url, random_token, sha256};
use http::{Method, StatusCode};
use scenarios::actors::user_agent::{Answer, UserAgent};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::host_program::{LIMIT, Program, at, browser, call, free_ports, go, outbound, submit, write};

/// What access tokens are for, as the provider's script has it.
const API: &str = "urn:foreign:accounts";

/// The provider and the three parts, each a program of its own.
struct World {
    issuer: String,
    bff_origin: String,
    spa_origin: String,
    api_origin: String,
    bff_secret: String,
    bff: Program,
    spa: Program,
    api: Program,
    _provider: Child,
    _folder: tempfile::TempDir,
}

#[tokio::test]
async fn the_bff_signs_in_refreshes_calls_and_signs_out() {
    let Some(world) = World::start().await else { return };
    let (issuer, origin) = (&world.issuer, &world.bff_origin);
    assert!(world.bff.says("lacks      no token exchange"), "{:?}", world.bff.lines);
    assert!(!world.bff.says("no end_session_endpoint") && !world.bff.says("no back-channel"), "{:?}", world.bff.lines);

    let mut alice = browser();
    world.sign_in(&mut alice, "alice").await;
    let user = call(&mut alice, Method::GET, origin, "/bff/user").await.json().expect("JSON");
    assert_eq!((&user["name"], &user["full_name"]), (&Value::from("alice"), &Value::from("alice of elsewhere")));
    assert_eq!(call(&mut alice, Method::GET, origin, "/api/accounts").await.status, StatusCode::OK);
    // Its access tokens live so short that each of these calls needs a fresh one.
    for _ in 0..2 {
        let orders = call(&mut alice, Method::GET, origin, "/api/orders/list").await;
        assert!(orders.status == StatusCode::OK && orders.body.contains("\"owner\":\"alice\""), "{}", orders.body);
    }
    let metrics = go(&mut browser(), &format!("{origin}/metrics")).await.body;
    assert!(metrics.contains("bff_session_events_total{event=\"refresh\"} 2"), "{metrics}");

    let signed_out = call(&mut alice, Method::POST, origin, "/bff/logout").await.json().expect("JSON");
    let page = go(&mut alice, &format!("{origin}{}", signed_out["url"].as_str().expect("an address"))).await;
    assert!(page.url.as_str().starts_with(&format!("{issuer}/session/end")), "{}", page.url);
    let back = submit(&mut alice, &page, &[("logout", "yes")]).await;
    assert_eq!((back.url.as_str().starts_with(origin.as_str()), back.status), (true, StatusCode::OK), "{}", back.url);
    let user = call(&mut alice, Method::GET, origin, "/bff/user").await;
    assert_eq!(user.status, StatusCode::UNAUTHORIZED);
    let again = go(&mut alice, &format!("{origin}/bff/login")).await;
    assert!(again.body.contains("name=\"login\""), "the provider's own session has ended too: {}", again.body);
    world.stop().await;
}

#[tokio::test]
async fn a_sign_out_at_the_provider_ends_the_session_of_the_bff() {
    let Some(world) = World::start().await else { return };
    let (mut alice, mut bob) = (browser(), browser());
    world.sign_in(&mut alice, "alice").await;
    world.sign_in(&mut bob, "bob").await;
    let page = go(&mut alice, &format!("{}/session/end", world.issuer)).await;
    // The provider tells every application of the session before it answers.
    submit(&mut alice, &page, &[("logout", "yes")]).await;
    let who = |answer: Answer| answer.status;
    let alice_is = who(call(&mut alice, Method::GET, &world.bff_origin, "/bff/user").await);
    let bob_is = who(call(&mut bob, Method::GET, &world.bff_origin, "/bff/user").await);
    assert_eq!((alice_is, bob_is), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    world.stop().await;
}

#[tokio::test]
async fn the_api_takes_opaque_tokens_of_users_until_they_are_revoked() {
    let Some(world) = World::start().await else { return };
    let told = go(&mut browser(), &format!("{}/settings.json", world.spa_origin)).await.json().expect("JSON");
    assert_eq!((&told["authority"], &told["client_id"]), (&Value::from(world.issuer.as_str()), &Value::from("spa")));
    let token = world.token_of_the_page("alice").await;
    let accounts = world.accounts(&token).await;
    assert_eq!(accounts.0, StatusCode::OK, "{}", accounts.1);
    let form = [("token", token.as_str()), ("client_id", "spa")];
    let revoked = world.post("/token/revocation", &form, None).await;
    assert_eq!(revoked.0, StatusCode::OK, "{}", revoked.1);
    assert_eq!(world.accounts(&token).await.0, StatusCode::UNAUTHORIZED);

    // What a client gets for itself belongs to no user, whatever its scope.
    let form = [("grant_type", "client_credentials"), ("scope", "accounts")];
    let (status, answer) = world.post("/token", &form, Some(&world.bff_secret)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = world.accounts(answer["access_token"].as_str().expect("a token")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
    world.stop().await;
}

impl World {
    /// Starts everything, unless what it needs is not there.
    async fn start() -> Option<Self> {
        let [provider, bff, spa, api] = free_ports();
        let [bff_origin, spa_origin, api_origin] = [bff, spa, api].map(|port| format!("http://127.0.0.1:{port}"));
        // Another host than the applications', so that the browser keeps its cookies apart.
        let issuer = format!("http://localhost:{provider}");
        let (bff_secret, api_secret) = (random_token(), random_token());
        let arguments =
            [("--port", provider.to_string()), ("--bff", bff_origin.clone()), ("--spa", spa_origin.clone())];
        let running = serve_the_provider(&arguments, &bff_secret, &api_secret).await?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path(), "bff.secret", &bff_secret);
        write(folder.path(), "api.secret", &api_secret);
        let bff_file = format!(
            "origin = \"{bff_origin}\"\nissuer = \"{issuer}\"\nclient_id = \"bff\"\nclient_secret_file = \"bff.secret\"\n\
             scope = \"openid profile accounts offline_access\"\n\
             [[apis]]\nname = \"orders\"\nbase = \"{api_origin}/orders\"\naudience = \"{API}\"\n\
             routes = [{{ methods = [\"GET\"], path = \"list\" }}]\n",
        );
        let spa_file = format!(
            "origin = \"{spa_origin}\"\nissuer = \"{issuer}\"\nclient_id = \"spa\"\napi = \"{api_origin}\"\n\
             scope = \"openid profile accounts\"\n",
        );
        let api_file = format!(
            "origin = \"{api_origin}\"\nissuer = \"{issuer}\"\naudience = \"{API}\"\nscope = \"accounts\"\n\
             allowed_origins = [\"{spa_origin}\"]\n\
             [introspection]\nclient_id = \"api\"\nclient_secret_file = \"api.secret\"\n",
        );
        let [bff_file, spa_file, api_file] = [("bff", bff_file), ("spa", spa_file), ("api", api_file)]
            .map(|(part, text)| write(folder.path(), &format!("{part}.toml"), &text));
        Some(Self {
            bff: Program::start("bff", &["--config", &bff_file]).await,
            spa: Program::start("spa", &["--config", &spa_file]).await,
            api: Program::start("api", &["--config", &api_file]).await,
            issuer,
            bff_origin,
            spa_origin,
            api_origin,
            bff_secret,
            _provider: running,
            _folder: folder,
        })
    }

    /// Signs a user in at the BFF, through the provider's login form and its consent.
    async fn sign_in(&self, agent: &mut UserAgent, username: &str) {
        let login = go(agent, &format!("{}/bff/login?return_url=/", self.bff_origin)).await;
        let back = self.at_the_provider(agent, login, username).await;
        assert!(back.url.as_str().starts_with(&self.bff_origin) && back.status == StatusCode::OK, "{}", back.url);
    }

    async fn at_the_provider(&self, agent: &mut UserAgent, login: Answer, username: &str) -> Answer {
        let consent = submit(agent, &login, &[("login", username), ("password", "any")]).await;
        assert!(consent.body.contains("value=\"consent\""), "{}: {}", consent.url, consent.body);
        submit(agent, &consent, &[]).await
    }

    /// Signs a user in as the page does, and returns the access token (RFC 7636 §4).
    async fn token_of_the_page(&self, username: &str) -> String {
        let (verifier, redirect_uri) = (random_token(), format!("{}/callback", self.spa_origin));
        let challenge = base64url(&sha256(verifier.as_bytes()));
        let mut url = at(&format!("{}/auth", self.issuer));
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "spa"),
            ("redirect_uri", &redirect_uri),
            ("scope", "openid profile accounts"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let mut agent = browser();
        let login = go(&mut agent, url.as_str()).await;
        let code = code_in(&self.at_the_provider(&mut agent, login, username).await.url);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "spa"),
            ("redirect_uri", &redirect_uri),
            ("code", &code),
            ("code_verifier", &verifier),
        ];
        let (status, answer) = self.post("/token", &form, None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Posts a form to the provider, as the client `bff` where its secret is given.
    async fn post(&self, path: &str, form: &[(&str, &str)], secret: Option<&str>) -> (StatusCode, Value) {
        let outbound = outbound(&[]);
        let mut request = outbound.client().post(format!("{}{path}", self.issuer)).form(form);
        if let Some(secret) = secret {
            request = request.basic_auth("bff", Some(secret));
        }
        answer(request).await
    }

    /// Asks the API for the accounts.
    async fn accounts(&self, token: &str) -> (StatusCode, Value) {
        let outbound = outbound(&[]);
        answer(outbound.client().get(format!("{}/accounts", self.api_origin)).bearer_auth(token)).await
    }

    async fn stop(self) {
        for program in [self.bff, self.spa, self.api] {
            let (code, errors) = program.interrupt().await;
            assert_eq!(code, Some(0), "{errors}");
        }
    }
}

/// Returns the answer; a body that is no JSON counts as none.
async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}"));
    (response.status(), response.json().await.unwrap_or_default())
}

fn code_in(callback: &Url) -> String {
    let code = callback.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.unwrap_or_else(|| panic!("no code in {callback}"))
}

/// Serves the provider; nothing is returned where it is not installed, and the test was told that it need not be.
async fn serve_the_provider(arguments: &[(&str, String)], bff_secret: &str, api_secret: &str) -> Option<Child> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../mock-idp/foreign/provider"));
    let library = folder.join("node_modules/oidc-provider");
    if !library.exists() {
        skip(&format!("{} is not there", library.display()));
        return None;
    }
    match spawn(&folder, arguments, bff_secret, api_secret) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skip("there is no node");
            None
        }
        Err(error) => panic!("node cannot be run: {error}"),
        Ok(mut child) => {
            let mut said = BufReader::new(child.stdout.take().expect("its standard output is piped")).lines();
            let ready = async {
                while let Some(line) = said.next_line().await.expect("its lines can be read") {
                    if line.starts_with("ready ") {
                        return;
                    }
                }
                panic!("the provider ended before it was ready");
            };
            tokio::time::timeout(LIMIT, ready).await.expect("the provider is ready in time");
            // Read all the time: a pipe that is full or closed would stop the provider.
            tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
            Some(child)
        }
    }
}

fn spawn(folder: &Path, arguments: &[(&str, String)], bff_secret: &str, api_secret: &str) -> std::io::Result<Child> {
    let mut command = Command::new("node");
    command.arg(folder.join("server.mjs")).args(arguments.iter().flat_map(|(name, value)| [*name, value.as_str()]));
    command.env("BFF_SECRET", bff_secret).env("API_SECRET", api_secret);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()
}

/// Says so; where everything was to be installed, as in `make test`, that is a failure.
fn skip(why: &str) {
    let text = format!("skipped the foreign provider: {why}; `make foreign` installs it");
    let is_required = std::env::var_os("FOREIGN_REQUIRED").is_some();
    assert!(!is_required, "{text}");
    // Not by a macro: what those print in a test that passes, nobody sees.
    let _ = writeln!(std::io::stderr(), "{text}");
}
