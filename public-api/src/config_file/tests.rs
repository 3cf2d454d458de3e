//! The example is right and complete, mistakes are named with their line, and no text makes the reader panic or tell a secret.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::settings::Format;

fn written(text: &str) -> ConfigText<'_> {
    ConfigText::new(text, Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn with(lines: &str) -> Result<ConfigFile, BadConfig> {
    read(written(&format!("origin = \"http://127.0.0.1:1\"\nissuer = \"https://idp.test/\"\n{lines}")))
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
    let ConfigFile { config, settings, asks_for_certificates } = read(written(example())).unwrap();
    assert_eq!((settings, asks_for_certificates), (Settings::default(), false));
    assert_eq!((config.name, config.business), ("api", Business::Accounts));
    assert_eq!((config.audience.as_str(), config.scope.as_str()), ("accounts-api", "accounts"));
    let client = config.introspection.unwrap();
    assert_eq!((client.id.as_str(), client.secret.expose()), ("api", "an-invented-secret-for-api"));
}

#[test]
fn what_is_commented_out_says_the_default_and_leaves_nothing_out() {
    let whole = whole_example();
    let file: File = written(&whole).read().unwrap();
    assert_eq!(file.settings, Settings::default());
    let plain: Value = written(&whole).read().unwrap();
    assert_eq!(plain["settings"], serde_json::to_value(Settings::default()).unwrap());
    for table in ["", "[introspection]\n"] {
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
        ("audiense = \"a\"", "line 3: the file has no key \"audiense\"; did you mean \"audience\"?"),
        ("[settings]\naud = \"of\"", "line 4: settings.aud cannot be \"of\"; it must be \"on\" or \"off\""),
        ("business = \"bank\"", "line 3: business cannot be \"bank\"; it must be \"accounts\" or \"payments\""),
        ("[introspection]\nclient_secret = \"a\"", "line 3: introspection lacks \"client_id\"; add it"),
        (
            "[introspection]\nclient_id = \"a\"",
            "line 4: introspection lacks \"client_secret\" or \"client_secret_file\"; add one",
        ),
    ];
    for (lines, said) in cases {
        assert_eq!(refusal(lines), said);
    }
    assert!(refusal("allowed_origins = [\"http://a/b\"]").starts_with("line 3: allowed_origins: not an origin"));
}

#[test]
fn what_the_file_says_becomes_the_api() {
    let lines = "business = \"payments\"\nclient_certificates = true\nsettings.format = \"jwt\"\n\
                 introspection = { client_id = \"a\", client_secret_file = \"example.toml\" }\n";
    let file = with(lines).unwrap();
    assert_eq!((file.config.name, file.config.business), ("payments", Business::Payments));
    assert!(file.asks_for_certificates && file.settings.format == Format::Jwt);
    // Whatever is in it: here it is a secret.
    assert!(file.config.introspection.unwrap().secret.expose().starts_with("# The business API"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read(written(&text));
    }

    #[test]
    fn a_secret_is_never_told(
        secret in "[a-z]{12}|[1-9][0-9]{11}",
        quoted in "(@|\"@|'@|\\[\"@\"\\]|\\{ a = \"@\" \\}|\"@\\\\x\"|\"@\"|\"@\"\naudience = 7)",
    ) {
        let lines = format!("introspection.client_secret = {}\n", quoted.replace('@', &secret));
        if let Err(bad) = with(&lines) {
            proptest::prop_assert!(!bad.to_string().contains(&secret), "{bad}");
        }
    }
}
