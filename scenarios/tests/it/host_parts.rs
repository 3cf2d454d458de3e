//! The BFF, the page's host and the API alone: they find each other by their configuration, and say what is wrong with it.

use std::path::Path;

use http::{Method, StatusCode};

use crate::host_program::{LIMIT, Program, browser, call, free_ports, go, outbound, submit, versus, write};

const PARTS: [(&str, &str); 3] = [("bff", "bff-app"), ("spa", "spa-app"), ("api", "public-api")];

/// An address where nobody is.
const NOWHERE: &str = "http://127.0.0.1:1";

fn example(folder: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("example.toml");
    std::fs::read_to_string(path).expect("the example can be read")
}

async fn ends(part: &str, arguments: &[&str], code: i32, says: &[&str]) {
    let output = tokio::time::timeout(LIMIT, versus(part, arguments).output()).await.expect("it ends in time");
    let output = output.expect("versus can be started");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(says.iter().all(|words| text.contains(words)), "{says:?}: {text}");
}

#[tokio::test]
async fn the_examples_are_printed_as_they_are() {
    for (part, folder) in PARTS {
        let output = versus(part, &["--print-example"]).output().await.expect("versus can be started");
        assert_eq!(String::from_utf8_lossy(&output.stdout), example(folder));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[tokio::test]
async fn what_is_wrong_ends_with_2_and_names_the_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (part, crate_folder) in PARTS {
        let text = example(crate_folder).replace("\n[settings]\n", "\n[settings]\ncahce = \"on\"\n");
        let line = text.lines().position(|line| line.starts_with("cahce")).expect("it is there") + 1;
        let path = write(folder.path(), &format!("{part}.toml"), &text);
        ends(part, &["--config", &path], 2, &[&path, &format!("line {line}"), "has no key \"cahce\""]).await;
        ends(part, &["--config", "/nowhere/a.toml"], 2, &["/nowhere/a.toml", part, "--print-example"]).await;
        ends(part, &[], 2, &["--config"]).await;
    }
    let secure =
        example("public-api").replace("origin = \"http://127.0.0.1:4720\"", "origin = \"https://localhost:4720\"");
    let secure = write(folder.path(), "secure.toml", &secure);
    ends("api", &["--config", &secure], 2, &["https://localhost:4720", "add --ca-out FILE"]).await;
    let far = example("spa-app").replace("http://localhost:5173", "http://example.org:5173");
    let far = write(folder.path(), "far.toml", &far);
    ends("spa", &["--config", &far], 2, &["http://example.org:5173", "not of this machine"]).await;
    let store = example("bff-app").replace("#store = \"memory\"", "store = \"redis\"");
    let store = write(folder.path(), "store.toml", &store);
    ends("bff", &["--config", &store], 2, &[&store, "session.store = redis needs an address"]).await;
    ends("bff", &["--config", &store, "--trust", "/nowhere/ca.pem"], 2, &["/nowhere/ca.pem", "--trust"]).await;
}

#[tokio::test]
async fn a_busy_port_ends_with_3() {
    #[expect(clippy::disallowed_methods, reason = "the test is the one that takes the port")]
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = write(folder.path(), "api.toml", &example("public-api").replace("4720", &port));
    ends("api", &["--config", &path], 3, &[&port, "\"origin\""]).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_yet_is_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [bff, spa, api] = free_ports();
    for ((part, crate_folder), port, path) in
        [(PARTS[0], bff, "/health/live"), (PARTS[1], spa, "/settings.json"), (PARTS[2], api, "/accounts")]
    {
        let text = example(crate_folder).replace("http://127.0.0.1:4700", NOWHERE);
        let own = ["3000", "5173", "4720"].map(|usual| format!("origin = \"http://localhost:{usual}\""));
        let origin = format!("origin = \"http://localhost:{port}\"");
        let text = text.replace("origin = \"http://127.0.0.1:4720\"", &origin);
        let text = own.iter().fold(text, |text, own| text.replace(own, &origin));
        let config = write(folder.path(), &format!("{part}.toml"), &text);
        let program = Program::start(part, &["--config", &config, "--log", "json"]).await;
        let answer = call(&mut browser(), Method::GET, &format!("http://localhost:{port}"), path).await;
        // The API asks for a token, whoever may say what it is worth.
        let expected = if part == "api" { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(answer.status, expected, "{part}");
        let (code, errors) = program.interrupt().await;
        assert_eq!(code, Some(0), "{part}: {errors}");
        let metadata = format!("warning: {NOWHERE}/.well-known/openid-configuration does not answer");
        assert!(errors.contains(&metadata) && errors.contains("--trust") && errors.contains(&config), "{errors}");
        if part == "bff" {
            assert!(errors.contains("\"route\":\"/health/live\""), "{errors}");
        }
    }
}

#[tokio::test]
async fn hosted_alone_they_find_each_other_by_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [idp, bff, api] = free_ports();
    let (issuer, origin) = (format!("http://127.0.0.1:{idp}"), format!("http://bff.localhost:{bff}"));
    let provider = format!(
        "issuer = \"{issuer}\"\n[[resources]]\nidentifier = \"accounts-api\"\n\
         [[clients]]\nclient_id = \"web\"\nclient_secret = \"a-secret-of-web\"\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\n\
         redirect_uris = [\"{origin}/bff/callback\"]\npost_logout_redirect_uris = [\"{origin}/\"]\n\
         scopes = [\"openid\", \"profile\", \"accounts\", \"offline_access\"]\nresources = [\"accounts-api\"]\n\
         [[clients]]\nclient_id = \"api\"\nclient_secret = \"a-secret-of-api\"\ngrant_types = []\n\
         resources = [\"accounts-api\"]\nmay_introspect = true\n\
         [[users]]\nsub = \"1001\"\nusername = \"alice\"\npassword = \"correct horse\"\nname = \"Alice Adams\"\n",
    );
    let provider = write(folder.path(), "idp.toml", &provider);
    write(folder.path(), "api.secret", "a-secret-of-api\n");
    let resource_server = format!(
        "origin = \"http://127.0.0.1:{api}\"\nissuer = \"{issuer}\"\naudience = \"accounts-api\"\nscope = \"accounts\"\n\
         [introspection]\nclient_id = \"api\"\nclient_secret_file = \"api.secret\"\n",
    );
    let resource_server = write(folder.path(), "api.toml", &resource_server);
    let backend = format!(
        "origin = \"{origin}\"\nissuer = \"{issuer}\"\nclient_id = \"web\"\nclient_secret = \"a-secret-of-web\"\n\
         scope = \"openid profile accounts offline_access\"\n\
         [[apis]]\nname = \"orders\"\nbase = \"http://127.0.0.1:{api}/orders\"\n\
         routes = [{{ methods = [\"GET\"], path = \"list\" }}]\n",
    );
    let backend = write(folder.path(), "bff.toml", &backend);
    let provider = Program::start("idp", &["--config", &provider, "--http"]).await;
    let api = Program::start("api", &["--config", &resource_server]).await;
    let bff = Program::start("bff", &["--config", &backend]).await;
    assert!(!api.says("lacks") && !bff.says("no end_session_endpoint"), "{:?} {:?}", api.lines, bff.lines);
    let told = [api.lines.clone(), bff.lines.clone()].concat().join("\n");
    assert!(told.contains(&format!("register   {origin}/bff/callback")) && !told.contains("a-secret"), "{told}");

    let mut alice = browser();
    let form = go(&mut alice, &format!("{origin}/bff/login?return_url=/")).await;
    submit(&mut alice, &form, &[("username", "alice"), ("password", "correct horse")]).await;
    let user = call(&mut alice, Method::GET, &origin, "/bff/user").await;
    assert_eq!(user.json().expect("JSON")["full_name"], "Alice Adams");
    let orders = call(&mut alice, Method::GET, &origin, "/api/orders/list").await;
    assert!(orders.status == StatusCode::OK && orders.body.contains("card reader"), "{}", orders.body);
    let unregistered = call(&mut alice, Method::GET, &origin, "/api/orders/1").await;
    assert_eq!(unregistered.status, StatusCode::NOT_FOUND);
    let signed_out = call(&mut alice, Method::POST, &origin, "/bff/logout").await;
    let leads_to = signed_out.json().expect("JSON")["url"].as_str().expect("an address").to_owned();
    go(&mut alice, &format!("{origin}{leads_to}")).await;
    let user = call(&mut alice, Method::GET, &origin, "/bff/user").await;
    assert_eq!(user.status, StatusCode::UNAUTHORIZED);

    for program in [bff, api, provider] {
        let (code, errors) = program.interrupt().await;
        assert_eq!(code, Some(0), "{errors}");
        assert!(!errors.contains("warning"), "{errors}");
    }
}

#[tokio::test]
async fn over_tls_only_a_trusted_provider_is_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [idp, api] = free_ports();
    let issuer = format!("https://localhost:{idp}");
    let provider = format!(
        "issuer = \"{issuer}\"\n[[resources]]\nidentifier = \"accounts-api\"\n\
         [[clients]]\nclient_id = \"api\"\nclient_secret = \"a-secret-of-api\"\ngrant_types = []\n\
         resources = [\"accounts-api\"]\nmay_introspect = true\n",
    );
    let provider = write(folder.path(), "idp.toml", &provider);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (provider_ca, own_ca) = (at("idp-ca.pem"), at("api-ca.pem"));
    let arguments = ["--config", provider.as_str(), "--ca-out", provider_ca.as_str(), "--mtls-port", "0"];
    let provider = Program::start("idp", &arguments).await;
    let config = format!(
        "origin = \"https://localhost:{api}\"\nissuer = \"{issuer}\"\naudience = \"accounts-api\"\nscope = \"accounts\"\n\
         client_certificates = true\n[introspection]\nclient_id = \"api\"\nclient_secret = \"a-secret-of-api\"\n",
    );
    let config = write(folder.path(), "api.toml", &config);
    for (trust, expected) in [(true, StatusCode::UNAUTHORIZED), (false, StatusCode::SERVICE_UNAVAILABLE)] {
        let mut arguments = vec!["--config", config.as_str(), "--ca-out", own_ca.as_str()];
        if trust {
            arguments.extend(["--trust", provider_ca.as_str()]);
        }
        let program = Program::start("api", &arguments).await;
        let outbound = outbound(&[&own_ca]);
        let request = outbound.client().get(format!("https://localhost:{api}/accounts")).bearer_auth("nobodys");
        let answer = request.send().await.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(answer.status(), expected, "trusted: {trust}");
        let (code, errors) = program.interrupt().await;
        assert_eq!((code, errors.contains("warning: ")), (Some(0), !trust), "{errors}");
    }
    assert_eq!(provider.interrupt().await.0, Some(0));
}
