//! What the caller of a sign-in wishes: where it leads, and how the user is asked.

use http::StatusCode;
use url::form_urlencoded;

use crate::problem::Problem;
use crate::settings::{Login, Switch};

/// What a caller may ask of the provider; everything that ties the answer to the request is ours alone.
const PASSED_ON: [&str; 5] = ["acr_values", "login_hint", "max_age", "prompt", "ui_locales"];
/// How the user may be asked; consent is between the user and the provider.
const PROMPTS: [&str; 3] = ["none", "login", "select_account"];
/// The longest value that is passed on, in bytes.
const LONGEST: usize = 512;
/// The longest address that a sign-in leads back to, in bytes: it is kept for everybody who begins one.
const LONGEST_RETURN: usize = 2_048;

/// A wish that was checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) return_url: String,
    /// What the provider is told of it.
    pub(super) passed_on: Vec<(String, String)>,
}

impl Wish {
    /// Reads the query of a sign-in.
    ///
    /// # Errors
    ///
    /// 400 when a parameter comes twice, or says what it may not say.
    pub(super) fn read(settings: &Login, query: &str) -> Result<Self, Problem> {
        let return_url = return_url(settings.return_url, query)?;
        let mut passed_on = Vec::new();
        if settings.param_allowlist.is_on() {
            for name in PASSED_ON {
                passed_on.extend(wished(query, name)?.map(|value| (name.to_owned(), value)));
            }
        } else {
            let all = form_urlencoded::parse(query.as_bytes()).into_owned();
            passed_on.extend(all.filter(|(name, _)| name != "return_url"));
        }
        Ok(Self { return_url, passed_on })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.passed_on.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Tells whether nobody shall be asked anything (OpenID Connect Core 1.0 §3.1.2.1, `prompt`).
    pub(super) fn is_silent(&self) -> bool {
        self.get("prompt") == Some("none")
    }

    pub(super) fn max_age_s(&self) -> Option<u64> {
        self.get("max_age")?.parse().ok()
    }
}

/// Reads one parameter; one that is empty counts as left out (RFC 6749 §3.1).
fn wished(query: &str, name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = only(query, name)?.filter(|value| !value.is_empty()) else { return Ok(None) };
    let is_fine = match name {
        "prompt" => PROMPTS.contains(&value.as_str()),
        // Digits alone, and few enough to be a number of seconds.
        "max_age" => value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit()),
        _ => value.len() <= LONGEST && !value.chars().any(char::is_control),
    };
    if is_fine { Ok(Some(value)) } else { Err(refused(format!("{name} is not one that a sign-in takes"))) }
}

/// Takes a local path only: one slash, then anything but a second slash or a backslash, and no control characters.
fn return_url(local: Switch, query: &str) -> Result<String, Problem> {
    let Some(value) = only(query, "return_url")? else { return Ok("/".to_owned()) };
    if value.len() > LONGEST_RETURN {
        return Err(refused(format!("return_url is longer than {LONGEST_RETURN} bytes")));
    }
    let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !local.is_on() || value.starts_with('/') && !value.starts_with("//") && plain {
        return Ok(value);
    }
    Err(refused(format!("return_url {value:?} is not a path of this application")))
}

fn only(query: &str, name: &str) -> Result<Option<String>, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = values.next().map(|(_, value)| value.into_owned());
    if values.next().is_some() { Err(refused(format!("{name} comes twice"))) } else { Ok(value) }
}

fn refused(why: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, why)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn read(query: &str) -> Result<Wish, Problem> {
        Wish::read(&Login::default(), query)
    }

    #[test]
    fn takes_local_paths_only() {
        assert_eq!(return_url(Switch::On, "").unwrap(), "/");
        assert_eq!(return_url(Switch::On, "return_url=/accounts?x=1").unwrap(), "/accounts?x=1");
        for bad in [
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "evil",
            "/%09/evil.test",
            "/\u{a0}/x",
            "/a&return_url=/b",
            "%2F%2Fevil.test",
            "",
            "javascript:alert(1)",
            "/%0d%0aSet-Cookie:a=b",
        ] {
            assert!(return_url(Switch::On, &format!("return_url={bad}")).is_err(), "{bad}");
        }
        assert_eq!(
            return_url(Switch::Off, "return_url=https://evil.test").unwrap(),
            "https://evil.test",
            "the weak variant"
        );
    }

    #[test]
    fn a_long_way_back_is_refused() {
        let back = |length: usize| return_url(Switch::On, &format!("return_url=/{}", "a".repeat(length - 1)));
        assert!(back(LONGEST_RETURN).is_ok());
        assert_eq!(back(LONGEST_RETURN + 1).unwrap_err().status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn only_what_is_on_the_list_is_passed_on() {
        let query = "prompt=login&max_age=300&acr_values=2&scope=admin&redirect_uri=https://evil.test&state=s&nonce=n\
                     &client_id=c&code_challenge=x&resource=r&request_uri=u&claims=%7B%7D";
        let wish = read(query).unwrap();
        let names: Vec<&str> = wish.passed_on.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["acr_values", "max_age", "prompt"]);
        assert_eq!((wish.max_age_s(), wish.is_silent(), wish.get("scope")), (Some(300), false, None));
        assert!(read("prompt=none").unwrap().is_silent());
        assert!(read("prompt=&max_age=").unwrap().passed_on.is_empty());
    }

    #[test]
    fn a_wish_that_says_what_it_may_not_say_is_refused() {
        for query in [
            "prompt=consent",
            "prompt=none+login",
            "prompt=login&prompt=none",
            "max_age=-1",
            "max_age=1e3",
            "max_age=99999999999999999999",
            "login_hint=a%0d%0ab",
            "ui_locales=%00",
        ] {
            assert_eq!(read(query).unwrap_err().status, StatusCode::BAD_REQUEST, "{query}");
        }
        assert!(read(&format!("login_hint={}", "a".repeat(513))).is_err());
    }

    #[test]
    fn without_the_list_whatever_the_link_says_is_passed_on() {
        let weak = Login { param_allowlist: Switch::Off, ..Login::default() };
        let wish = Wish::read(&weak, "return_url=/a&scope=admin&prompt=consent").unwrap();
        assert_eq!(
            (wish.get("scope"), wish.get("prompt"), wish.get("return_url")),
            (Some("admin"), Some("consent"), None)
        );
    }

    proptest::proptest! {
        #[test]
        fn wherever_it_leads_is_this_application(value in ".{0,40}", slash in "[/\\\\%.:@?#a-z]{0,12}") {
            for value in [value, format!("/{slash}")] {
                let mut query = form_urlencoded::Serializer::new(String::new());
                if let Ok(wish) = read(&query.append_pair("return_url", &value).finish()) {
                    let own = Url::parse("https://bff.test/bff/callback").unwrap();
                    proptest::prop_assert_eq!(own.join(&wish.return_url).unwrap().origin(), own.origin());
                }
            }
        }

        #[test]
        fn any_query_is_survived(query in ".{0,200}") {
            let _ = read(&query);
        }
    }
}
