//! The example is right and complete, mistakes are named with their line, and no text makes the reader panic or tell a secret.

use std::path::Path;

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::settings::{HandedOut, SessionStore};

fn written(text: &str) -> ConfigText<'_> {
    ConfigText::new(text, Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn built_in(_: &Settings) -> Page {
    let (script, style) = ("built-in script".to_owned(), "built-in style".to_owned());
    Page { script, style, worker: None, manifest: None, icon: None, implant: None, settings: Value::Null }
}

fn with(lines: &str) -> Result<ConfigFile, BadConfig> {
    let least =
        "origin = \"http://localhost:3000\"\nissuer = \"https://idp.test/\"\nclient_id = \"web\"\nscope = \"openid\"\n";
    read(written(&format!("{least}{lines}")), built_in)
}

fn refusal(lines: &str) -> String {
    with(lines).map(|_| ()).unwrap_err().to_string()
}

/// Returns the example with everything that is commented out in it; prose has a space after its number sign.
fn whole_example() -> String {
    let lines = example().lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the keys that a table takes, by asking for one that it does not.
fn keys_of(table: &str) -> Vec<String> {
    let refused = written(&format!("{table}zzzzzz = 1\n")).read::<File>().map(|_| ()).unwrap_err().to_string();
    let (_, keys) = refused.split_once("it takes ").unwrap_or_else(|| panic!("{refused}"));
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_example_is_read_as_it_is() {
    let ConfigFile { config, settings } = read(written(example()), built_in).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!((config.origin.as_str(), config.issuer.as_str()), ("http://localhost:3000", "http://127.0.0.1:4700"));
    assert_eq!(config.client.secret, Some(Secret::new("an-invented-secret-for-web")));
    assert_eq!((config.apis[0].name.as_str(), config.apis[0].routes[1].path.as_str()), ("orders", "*"));
    assert_eq!(config.apis[0].routes[0].methods, [Method::GET]);
    assert_eq!(config.page.script, "built-in script");
    assert!(config.storage.key.is_none() && config.public_api.is_none() && config.technical_user.is_none());
}

#[test]
fn what_is_commented_out_says_the_default_and_leaves_nothing_out() {
    let whole = whole_example();
    let file: File = written(&whole).read().unwrap();
    assert_eq!(file.settings, Settings::default());
    let plain: Value = written(&whole).read().unwrap();
    assert_eq!(plain["settings"], serde_json::to_value(Settings::default()).unwrap());
    for table in [
        "",
        "[[apis]]\n",
        "[[apis]]\n[[apis.routes]]\n",
        "[technical_user]\n",
        "[public_api]\n",
        "[storage]\n",
        "[page]\n",
    ] {
        for key in keys_of(table) {
            let is_there = whole.contains(&format!("{key} = ")) || whole.contains(&format!("[{key}]"));
            assert!(is_there || whole.contains(&format!(".{key}]")), "{table}{key}");
        }
    }
}

#[test]
fn every_setting_of_the_example_is_explained() {
    let lines: Vec<&str> = example().lines().skip_while(|line| *line != "[settings]").collect();
    let places = lines.iter().enumerate().filter(|(_, line)| line.starts_with('#') && !line.starts_with("# "));
    for (place, line) in places {
        assert!(lines[place - 1].starts_with("# "), "{line} is not explained");
    }
}

#[test]
fn mistakes_are_named_with_their_line_and_a_remedy() {
    let cases = [
        ("client_secrt = \"a\"", "line 5: the file has no key \"client_secrt\"; did you mean \"client_secret\"?"),
        (
            "[settings.csrf]\nheader = \"of\"",
            "line 6: settings.csrf.header cannot be \"of\"; it must be \"on\" or \"off\"",
        ),
        ("[settings]\nsesion = 1", "line 6: settings has no key \"sesion\"; did you mean \"session\"?"),
        ("[[apis]]\nname = \"orders\"\nbase = \"http://a\"", "line 5: apis lacks \"routes\"; add it"),
        ("[storage]\nredis = 7", "line 6: storage.redis must be a text"),
    ];
    for (lines, said) in cases {
        assert_eq!(refusal(lines), said);
    }
    let issuer = read(written("origin = \"http://a\"\nissuer = \"idp\"\n"), built_in).unwrap_err();
    assert!(issuer.to_string().starts_with("line 2: issuer: \"idp\" is no issuer"), "{issuer}");
    let text = "origin = \"http://a\"\nissuer = \"http://b\"\nclient_id = \"a\"\nscope = \"profile\"\n";
    let scope = read(written(text), built_in).unwrap_err();
    assert!(scope.to_string().starts_with("line 4: scope: it names no \"openid\""), "{scope}");
}

#[test]
fn an_api_has_a_name_an_address_and_methods() {
    let api = |name: &str, base: &str, method: &str| {
        format!("[[apis]]\nname = {name:?}\nbase = {base:?}\nroutes = [{{ methods = [{method:?}], path = \"**\" }}]\n")
    };
    assert!(with(&api("orders", "https://orders.test/v1", "GET")).is_ok());
    let refused = |name: &str, base: &str, method: &str| refusal(&api(name, base, method));
    assert!(refused("a/b", "http://a", "GET").contains("use letters, digits"));
    assert!(
        refused("accounts", "http://a", "GET").contains("line 6: apis.name: /api/accounts is the application's own")
    );
    assert!(refused("orders", "orders.test", "GET").contains("line 7: apis.base: it is no address"));
    assert!(refused("orders", "http://a", "get").contains("write it in capitals"));
    let one = api("orders", "http://a", "GET");
    assert!(refusal(&format!("{one}{one}")).contains("the name \"orders\" is there twice"));
}

#[test]
fn credentials_stand_in_files_of_their_own() {
    // Whatever is in it: here it is a secret.
    let file = with("client_secret_file = \"example.toml\"").unwrap();
    assert!(file.config.client.secret.unwrap().expose().starts_with("# A backend for frontend"));
    assert!(refusal("client_secret_file = \"nowhere\"").starts_with("line 5: client_secret_file: "));
    assert!(refusal("client_secret = \"a\"\nclient_secret_file = \"b\"").contains("leave one of them out"));
    assert!(refusal("certificate_file = \"a\"").contains("certificate_file needs certificate_key_file beside it"));
    let both = refusal("certificate_file = \"example.toml\"\ncertificate_key_file = \"example.toml\"");
    assert!(both.starts_with("line 5: certificate_file: the certificate"), "{both}");
    assert!(refusal("[storage]\nkey_file = \"example.toml\"").contains("a key has 32 bytes"));
    assert!(refusal("[technical_user]\nname = \"t\"").contains("technical_user lacks \"password\""));
}

#[test]
fn the_page_is_built_in_or_in_a_folder_and_is_told_settings() {
    let told = with("[page.settings]\nwidget = \"unsafe-html\"\n").unwrap().config.page;
    assert_eq!((told.script.as_str(), &told.settings), ("built-in script", &json!({ "widget": "unsafe-html" })));
    assert!(refusal("[page]\nfolder = \"src\"").contains("there is no app.js in it"));
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("app.js", "script"), ("app.css", "style"), ("icon.svg", "icon")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let page = with(&format!("[page]\nfolder = {:?}\n", folder.path())).unwrap().config.page;
    assert_eq!((page.script.as_str(), page.style.as_str(), page.icon.as_deref()), ("script", "style", Some("icon")));
    assert!(page.worker.is_none() && page.manifest.is_none());
}

#[test]
fn what_the_file_says_becomes_the_application() {
    let lines = "[public_api]\norigin = \"https://api.test\"\naudience = \"accounts-api\"\nscope = \"accounts\"\n\
                 [storage]\nfile = \"sessions.redb\"\n[settings]\nhanded_out = \"access-token\"\nsession.store = \"embedded\"\n";
    let ConfigFile { config, settings } = with(lines).unwrap();
    assert_eq!(config.public_api.unwrap().origin.as_str(), "https://api.test");
    assert_eq!((settings.handed_out, settings.session.store), (HandedOut::AccessToken, SessionStore::Embedded));
    assert_eq!(config.storage.file.unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions.redb"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read(written(&text), built_in);
    }

    #[test]
    fn a_secret_is_never_told(
        secret in "[a-z]{12}|[1-9][0-9]{11}",
        key in "(client_secret|storage\\.redis|technical_user\\.password)",
        quoted in "(@|\"@|'@|\\[\"@\"\\]|\\{ a = \"@\" \\}|\"@\\\\x\"|\"@\"|\"@\"\nclient_id = 7)",
    ) {
        let lines = format!("{key} = {}\n", quoted.replace('@', &secret));
        if let Err(bad) = with(&lines) {
            proptest::prop_assert!(!bad.to_string().contains(&secret), "{bad}");
        }
    }
}
