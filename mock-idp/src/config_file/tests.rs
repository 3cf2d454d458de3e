//! The example is right and complete, mistakes are named with their line, and no text makes the reader panic or tell a secret.

use super::*;
use crate::AuthMethod;

fn refusal(text: &str) -> String {
    match read(text) {
        Ok(_) => panic!("{text} was read"),
        Err(bad) => bad.to_string(),
    }
}

/// Returns the example with everything that is commented out in it; prose has a space after its number sign.
fn whole_example() -> String {
    let lines = example().lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Tells whether a key is given, commented out or not.
fn mentions(key: &str) -> bool {
    whole_example().lines().any(|line| line.split_once('=').is_some_and(|(name, _)| name.trim() == key))
}

fn keys_of<T: JsonSchema>() -> Vec<String> {
    let schema = strict::schema::<T>();
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_example_is_read_as_it_is_and_with_everything_in_it() {
    let short = read(example()).unwrap();
    assert_eq!(short.settings, Settings::default());
    assert!(short.issuer.is_none() && !short.clients.is_empty() && !short.users.is_empty());
    let whole = read(&whole_example()).unwrap();
    assert_eq!(whole.settings, Settings::default(), "what is commented out says the default");
    for method in AuthMethod::ALL {
        assert!(whole.clients.iter().any(|client| client.token_endpoint_auth_method == *method), "{method:?}");
    }
}

#[test]
fn the_example_mentions_every_key() {
    let mut keys = keys_of::<Settings>();
    keys.extend(keys_of::<Client>());
    keys.extend(keys_of::<User>());
    keys.extend(keys_of::<Resource>());
    keys.extend(["issuer".to_owned(), "role".to_owned()]);
    let missing: Vec<_> = keys.into_iter().filter(|key| !mentions(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_setting_of_the_example_is_explained() {
    let lines: Vec<&str> = example().lines().skip_while(|line| *line != "[settings]").collect();
    for key in keys_of::<Settings>() {
        let place = lines.iter().position(|line| line.starts_with(&format!("#{key} ="))).unwrap();
        assert!(lines[place - 1].starts_with("# "), "{key} is not explained");
    }
}

#[test]
fn nothing_at_all_is_a_provider_without_clients() {
    let empty = read("").unwrap();
    assert!(empty.clients.is_empty() && empty.settings == Settings::default());
}

#[test]
fn a_mistyped_key_is_told_its_line_and_the_nearest() {
    let cases = [
        ("issuer = \"http://a\"\n[setings]\n", "line 2: the file has no key \"setings\"; did you mean \"settings\"?"),
        ("[settings]\npkcee = \"off\"", "line 2: settings has no key \"pkcee\"; did you mean \"pkce\"?"),
        (
            "[[clients]]\nclient_id = \"a\"\n\n[[clients]]\nclient_id = \"b\"\nredirect_uri = []",
            "line 6: clients[1] has no key \"redirect_uri\"; did you mean \"redirect_uris\"?",
        ),
        (
            "users = [\n  { sub = \"1\", username = \"a\", pasword = \"hunter22\" },\n]",
            "line 2: users[0] has no key \"pasword\"; did you mean \"password\"?",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refusal(text), said);
    }
}

#[test]
fn a_wrong_value_is_named_with_the_choices_and_its_line() {
    let cases = [
        ("[settings]\n\npkce = \"of\"", "line 3: settings.pkce cannot be \"of\"; it must be \"on\" or \"off\""),
        ("settings.code_life_s = -1", "line 1: settings.code_life_s cannot be -1; it must be a whole number from 0"),
        ("settings = \"on\"", "line 1: settings cannot be \"on\"; it must be a table"),
        ("\nclients = 1979-05-27", "line 2: clients cannot be a table; it must be a list"),
        ("[[users]]\nusername = \"a\"", "line 1: users[0] lacks \"sub\"; add it: a text"),
        (
            "[[clients]]\nclient_id = \"a\"\nredirect_uris = [\n  \"https://a.test/\",\n  7,\n]",
            "line 5: clients[0].redirect_uris[1] cannot be 7; it must be a text",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refusal(text), said);
    }
    assert!(refusal("issuer = \"localhost\"").starts_with("line 1: issuer: not an origin: \"localhost\""));
    assert!(refusal("role = \"honset\"").contains("\"honest\" or \"hostile\""));
    assert!(refusal("settings.code_life_s = 99999999999999999999").contains("it must be a whole number from 0"));
    assert!(refusal("a = ").starts_with("line 1: not TOML: "));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let public = |id: &str| format!("[[clients]]\nclient_id = {id:?}\ntoken_endpoint_auth_method = \"none\"\n");
    let user = |sub: &str, name: &str| format!("[[users]]\nsub = {sub:?}\nusername = {name:?}\npassword = \"pw\"\n");
    let cases = [
        (public("a") + &public("a"), "line 5: the client_id \"a\" is there twice"),
        (user("1", "a") + &user("1", "b"), "line 6: the sub \"1\" is there twice"),
        (user("1", "a") + &user("2", "a"), "line 7: the username \"a\" is there twice"),
        (
            "resources = [{ identifier = \"a\" }, { identifier = \"a\" }]".to_owned(),
            "the identifier \"a\" is there twice",
        ),
        (
            "\n[[clients]]\nclient_id = \"a\"".to_owned(),
            "line 2: client \"a\": client_secret_basic needs client_secret",
        ),
        (
            public("a") + "resources = [\"api\"]",
            "line 4: client \"a\": the resource \"api\" is not declared; declare it",
        ),
        (
            public("a") + "resources = [\"acounts\"]\n[[resources]]\nidentifier = \"accounts\"",
            "line 4: client \"a\": the resource \"acounts\" is not declared; did you mean \"accounts\"?",
        ),
        (user("1", "a").replace("\"pw\"", "\"\""), "line 1: user \"a\": give it a password"),
    ];
    for (text, said) in cases {
        assert!(refusal(&text).contains(said), "{}", refusal(&text));
    }
}

#[test]
fn what_the_fapi_profile_forbids_is_refused_with_a_remedy() {
    let client = "[[clients]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\n";
    let cases = [
        (
            format!("{client}id_token_signed_response_alg = \"RS256\"\n"),
            "line 2: client \"a\": FAPI 2.0 does not sign with RS256: choose ES256, PS256 or EdDSA; \
             set id_token_signed_response_alg to one of these",
        ),
        (
            "[[resources]]\nidentifier = \"a\"\naccess_token_signing_alg = \"RS256\"\n".to_owned(),
            "line 2: resource \"a\": FAPI 2.0 does not sign with RS256: choose ES256, PS256 or EdDSA; \
             set access_token_signing_alg to one of these",
        ),
    ];
    for (item, said) in cases {
        assert_eq!(refusal(&format!("settings.fapi = \"on\"\n{item}")), said);
        assert!(read(&format!("settings.fapi = \"off\"\n{item}")).is_ok(), "{item}");
        assert!(read(&format!("settings.fapi = \"on\"\n{}", item.replace("RS256", "PS256"))).is_ok(), "{item}");
    }
}

#[test]
fn what_the_file_says_becomes_the_provider() {
    let issuer = Origin::parse("https://login.test").unwrap();
    let (config, settings) = read(&whole_example()).unwrap().under(issuer.clone(), None);
    assert_eq!((config.issuer, settings), (issuer, Settings::default()));
    assert_eq!(config.resources.len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn anything_that_looks_like_toml_is_read_or_refused(text in "[\\[\\]{}a-c=.,'\"0-9#_ \n-]{0,120}") {
        let _ = read(&text);
    }

    #[test]
    fn any_value_of_any_key_is_read_or_refused(
        key in "(issuer|role|clients|users|resources|settings(\\.pkce)?|[a-z]{1,5})",
        value in "(\"[a-z]{0,4}\"|[0-9]{1,25}|-1|1e9|inf|nan|true|\\[\\]|\\[\\{\\}\\]|\\{\\}|1979-05-27|0x[0-9a-f]{1,20})",
    ) {
        let _ = read(&format!("{key} = {value}"));
    }

    #[test]
    fn a_secret_is_never_told(
        secret in "[a-z]{12}|[1-9][0-9]{11}",
        key in "(password|one_time_code|client_secret)",
        quoted in "(@|\"@|'@|\"@\"|\\[\"@\"\\]|\\{ a = \"@\" \\}|\"\"\"\n@\"\"\"|\"@\\\\x\")",
        after in "(|\n|#|\n]|\nsub = 1|\nclient_id = \"a\"|\nusername = \"a\")",
    ) {
        let table = if key == "client_secret" { "clients" } else { "users" };
        let text = format!("[[{table}]]\n{key} = {}{after}", quoted.replace('@', &secret));
        if let Err(bad) = read(&text) {
            proptest::prop_assert!(!bad.to_string().contains(&secret), "{bad}");
        }
    }
}
