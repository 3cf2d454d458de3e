//! The example is right and complete, and mistakes are named with their line.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::settings::Store;

fn written(text: &str) -> ConfigText<'_> {
    ConfigText::new(text, Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn built_in() -> Page {
    Page { script: "built-in script".to_owned(), ..Page::default() }
}

fn with(lines: &str) -> Result<ConfigFile, BadConfig> {
    let least = "origin = \"http://localhost:5173\"\nissuer = \"https://idp.test/\"\nclient_id = \"spa\"\n\
                 api = \"https://api.test\"\nscope = \"openid\"\n";
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

#[test]
fn the_example_is_read_as_it_is() {
    let ConfigFile { config, settings } = read(written(example()), built_in).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!((config.origin.as_str(), config.issuer.as_str()), ("http://localhost:5173", "http://127.0.0.1:4700"));
    assert_eq!((config.client_id.as_str(), config.api.as_str()), ("spa", "http://127.0.0.1:4720"));
    assert!(config.issuer_origins.is_empty() && config.resource.is_none());
    assert_eq!(config.page.script, "built-in script");
}

#[test]
fn what_is_commented_out_says_the_default_and_leaves_nothing_out() {
    let whole = whole_example();
    let file: File = written(&whole).read().unwrap();
    assert_eq!(file.settings, Settings::default());
    let plain: Value = written(&whole).read().unwrap();
    assert_eq!(plain["settings"], serde_json::to_value(Settings::default()).unwrap());
    for table in ["", "[page]\n"] {
        let refused = written(&format!("{table}zzzzzz = 1\n")).read::<File>().map(|_| ()).unwrap_err().to_string();
        let (_, keys) = refused.split_once("it takes ").unwrap();
        for key in keys.split(", ") {
            assert!(whole.contains(&format!("{key} = ")) || whole.contains(&format!("[{key}]")), "{table}{key}");
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
        ("client_secret = \"a\"", "line 6: the file has no key \"client_secret\"; did you mean \"client_id\"?"),
        (
            "[settings]\nstore = \"cookie-jar\"",
            "line 7: settings.store cannot be \"cookie-jar\"; it must be \"memory\" or \"session-storage\" or \
             \"local-storage\" or \"worker\"",
        ),
        ("[settings]\npkcee = \"off\"", "line 7: settings has no key \"pkcee\"; did you mean \"pkce\"?"),
        ("resource = 7", "line 6: resource must be a text"),
    ];
    for (lines, said) in cases {
        assert_eq!(refusal(lines), said);
    }
    assert!(refusal("[page]\nfolder = \"src\"").contains("there is no app.js in it"));
}

#[test]
fn what_the_file_says_becomes_the_host() {
    let lines = "issuer_origins = [\"https://tokens.idp.test\"]\nresource = \"urn:a\"\nsettings.store = \"worker\"\n\
                 page.settings.widget = \"unsafe-html\"\n";
    let ConfigFile { config, settings } = with(lines).unwrap();
    assert_eq!((config.issuer_origins.len(), config.resource.as_deref()), (1, Some("urn:a")));
    assert_eq!((settings.store, config.page.settings), (Store::Worker, json!({ "widget": "unsafe-html" })));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read(written(&text), built_in);
    }
}
