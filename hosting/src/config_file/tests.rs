//! Mistakes are named with their line, their place and a remedy, and no text makes the reader panic or tell a secret.

use serde::Deserialize;

use super::*;
use crate::origin::Origin;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    origin: Origin,
    secret: Option<Spanned<Secret>>,
    secret_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
    #[serde(default)]
    count: u16,
    #[serde(default)]
    paths: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    header: Switch,
    inner: Inner,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Inner {
    is_on: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Switch {
    #[default]
    On,
    Off,
}

fn written(text: &str) -> ConfigText<'_> {
    ConfigText::new(text, Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn read(text: &str) -> Result<Sample, BadConfig> {
    written(text).read()
}

fn refusal(text: &str) -> String {
    read(text).expect_err("it must be refused").to_string()
}

/// Reads the secret as a server does.
fn secret(text: &str) -> Result<Option<Secret>, BadConfig> {
    let sample = read(text)?;
    written(text).secret("secret", sample.secret, sample.secret_file.as_ref())
}

#[test]
fn what_is_right_is_read() {
    let text = "origin = \"http://a.test\"\nsettings.header = \"off\"\n[[items]]\nname = \"one\"\npaths = [\"x\"]\n";
    let sample = read(text).unwrap();
    assert_eq!(sample.origin.as_str(), "http://a.test");
    assert_eq!((sample.items[0].name.as_str(), sample.items[0].count, sample.items[0].paths.len()), ("one", 0, 1));
    assert!(matches!(sample.settings.header, Switch::Off) && !sample.settings.inner.is_on);
}

#[test]
fn a_mistyped_key_is_told_its_line_and_the_nearest() {
    let cases = [
        ("orign = \"http://a\"", "line 1: the file has no key \"orign\"; did you mean \"origin\"?"),
        ("\n[settings]\nheder = \"on\"", "line 3: settings has no key \"heder\"; did you mean \"header\"?"),
        ("[settings.inner]\nis_onn = true", "line 2: settings.inner has no key \"is_onn\"; did you mean \"is_on\"?"),
        ("settings.inner.zzz = true", "line 1: settings.inner has no key \"zzz\"; it takes is_on"),
        (
            "[[items]]\nname = \"a\"\n\n[[items]]\nnames = \"b\"",
            "line 5: items has no key \"names\"; did you mean \"name\"?",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refusal(text), said);
    }
}

#[test]
fn a_wrong_value_is_told_what_it_must_be() {
    let cases = [
        ("[settings]\n\nheader = \"of\"", "line 3: settings.header cannot be \"of\"; it must be \"on\" or \"off\""),
        ("settings.header = 7", "line 1: settings.header must be a text"),
        ("settings.inner.is_on = \"yes\"", "line 1: settings.inner.is_on must be true or false"),
        ("settings = 7", "line 1: settings must be a table"),
        ("\nitems = 7", "line 2: items must be a list"),
        ("[[items]]\nname = \"a\"\ncount = -1", "line 3: items.count must be a whole number from 0"),
        ("[[items]]\nname = \"a\"\npaths = [\n  \"x\",\n  7,\n]", "line 5: items.paths must be a text"),
        ("\n[[items]]\ncount = 1", "line 2: items lacks \"name\"; add it"),
        ("secret_file = 7", "line 1: secret_file must be a path"),
    ];
    for (text, said) in cases {
        assert_eq!(refusal(text), said);
    }
    assert_eq!(refusal(""), "line 1: the file lacks \"origin\"; add it");
    assert!(refusal("origin = \"localhost\"").starts_with("line 1: origin: not an origin: \"localhost\""));
    assert!(refusal("\norigin = [ 1 2 ]").starts_with("line 2: not TOML: "));
}

#[test]
fn a_secret_is_given_or_in_a_file() {
    let with = |line: &str| secret(&format!("origin = \"http://a\"\n{line}"));
    assert_eq!(with("").unwrap(), None);
    assert_eq!(with("secret = \"s3\"").unwrap(), Some(Secret::new("s3")));
    let own = with("secret_file = \"Cargo.toml\"").unwrap().unwrap();
    assert!(own.expose().starts_with("[package]") && !own.expose().ends_with('\n'));
    let refused = |line: &str| with(line).unwrap_err();
    assert_eq!(refused("secret = \"\"").line(), 2);
    assert!(refused("secret = \"\"").to_string().contains("secret is empty"));
    assert!(refused("secret_file = \"nowhere\"").to_string().contains("nowhere cannot be read"));
    assert!(refused("secret = \"a\"\nsecret_file = \"Cargo.toml\"").to_string().contains("leave one of them out"));
    assert!(refused("secret_file = \"/dev/zero\"").to_string().contains("is longer than"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = secret(&text);
    }

    #[test]
    fn anything_that_looks_like_toml_is_read_or_refused(text in "[\\[\\]{}a-c=.,'\"0-9#_ \n-]{0,120}") {
        let _ = secret(&text);
    }

    #[test]
    fn a_secret_is_never_told(
        value in "[a-z]{12}|[1-9][0-9]{11}",
        quoted in "(@|\"@|'@|\\[\"@\"\\]|\\{ a = \"@\" \\}|\"\"\"\n@\"\"\"|\"@\\\\x\"|\"@\" x)",
        after in "(|\norigin = 7)",
    ) {
        let text = format!("origin = \"http://a\"\nsecret = {}{after}", quoted.replace('@', &value));
        if let Err(bad) = secret(&text) {
            proptest::prop_assert!(!bad.to_string().contains(&value), "{bad}");
        }
    }
}
