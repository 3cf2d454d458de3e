//! The application's cookies: how they are written, and how they are read, byte by byte.

use http::{HeaderMap, HeaderValue, header};
use percent_encoding::percent_decode_str;

use crate::settings::{Cookie, CookieParser, CookiePrefix, SameSite, Switch};

/// What the names of the cookies begin with that sign-ins under way leave in the browser, one each.
pub(crate) const TRANSACTION: &str = "__Host-Http-tx-";

/// Returns the session cookie's name. Browsers refuse a prefix whose rules the cookie breaks, so a weak one has less of it.
pub(crate) fn session_name(settings: &Cookie) -> &'static str {
    match (settings.prefix, settings.secure.is_on(), settings.httponly.is_on()) {
        (CookiePrefix::None, ..) | (_, false, _) => "session",
        (CookiePrefix::HostHttp, true, true) => "__Host-Http-session",
        (CookiePrefix::HostHttp, true, false) | (CookiePrefix::Host, true, _) => "__Host-session",
    }
}

/// Builds the session's `Set-Cookie` line: `Max-Age`, never `Expires`, so that the browser's clock is not asked for a date.
pub(crate) fn set_session(settings: &Cookie, value: &str, life_s: u64) -> HeaderValue {
    let mut line = format!("{}={value}; Path=/; Max-Age={life_s}", session_name(settings));
    if settings.secure.is_on() {
        line.push_str("; Secure");
    }
    if settings.httponly.is_on() {
        line.push_str("; HttpOnly");
    }
    line.push_str(match settings.samesite {
        SameSite::Strict => "; SameSite=Strict",
        SameSite::Lax => "; SameSite=Lax",
        SameSite::None => "; SameSite=None",
        SameSite::Unset => "",
    });
    HeaderValue::from_str(&line).expect("a cookie of base64url characters is visible ASCII")
}

/// Builds the line that makes a browser forget the session's cookie. One that breaks its prefix's rules is ignored
/// (draft-ietf-httpbis-rfc6265bis §4.1.3), so that the weak variant deletes nothing.
pub(crate) fn forget_session(settings: &Cookie, delete_attrs: Switch) -> HeaderValue {
    if delete_attrs.is_on() {
        return set_session(settings, "", 0);
    }
    let line = format!("{}=; Max-Age=0", session_name(settings));
    HeaderValue::from_str(&line).expect("a cookie's name is visible ASCII")
}

/// Builds the `Set-Cookie` line of a sign-in. Lax, because the provider leads the browser back to it from another site.
pub(crate) fn set_transaction(name: &str, value: &str, life_s: u64) -> HeaderValue {
    let line = format!("{name}={value}; Path=/; Max-Age={life_s}; Secure; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&line).expect("a cookie of base64url characters is visible ASCII")
}

/// Why a cookie was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cookie {0} comes twice, so one of them is somebody else's: clear this site's cookies")]
pub(crate) struct Duplicate(String);

/// Reads one cookie.
///
/// # Errors
///
/// [`Duplicate`] when the name comes twice.
pub(crate) fn read(parser: CookieParser, headers: &HeaderMap, name: &str) -> Result<Option<String>, Duplicate> {
    match parser {
        CookieParser::Raw => read_raw(headers, name),
        CookieParser::Decoding => Ok(read_decoding(headers, name)),
    }
}

/// Returns the names of all cookies that begin so, in the order in which they come: the oldest first (RFC 6265 §5.4).
pub(crate) fn names<'a>(headers: &'a HeaderMap, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    crumbs(headers)
        .filter(move |crumb| crumb.starts_with(prefix.as_bytes()))
        .filter_map(|crumb| std::str::from_utf8(crumb.split(|byte| *byte == b'=').next()?).ok())
}

fn crumbs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii)
}

/// Names are compared as bytes (RFC 6265 §5.4); whatever else a header holds does not disturb.
fn read_raw(headers: &HeaderMap, name: &str) -> Result<Option<String>, Duplicate> {
    let mut found = crumbs(headers).filter_map(|crumb| crumb.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let value = found.next();
    if found.next().is_some() {
        return Err(Duplicate(name.to_owned()));
    }
    Ok(value.and_then(|value| std::str::from_utf8(value).ok()).map(str::to_owned))
}

/// The weak variant does what popular libraries do: decodes names, takes the last, and drops a header with one odd byte.
fn read_decoding(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|crumb| crumb.trim().split_once('='))
        .filter(|(known, _)| percent_decode_str(known).decode_utf8().is_ok_and(|decoded| decoded == name))
        .map(|(_, value)| value.to_owned())
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "__Host-Http-session";

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn raw(lines: &[&[u8]]) -> Result<Option<String>, Duplicate> {
        read(CookieParser::Raw, &headers(lines), NAME)
    }

    #[test]
    fn reads_the_exact_name() {
        assert_eq!(raw(&[b"a=1; __Host-Http-session=x; b=2"]), Ok(Some("x".to_owned())));
        assert_eq!(raw(&[b"__host-http-session=x", b"__Host-Http-sessionx=y"]), Ok(None));
    }

    #[test]
    fn a_percent_encoded_name_is_another_name() {
        let forged: &[&[u8]] = &[b"__Host-Http-session=mine; %5F%5FHost-Http-session=forged"];
        assert_eq!(raw(forged), Ok(Some("mine".to_owned())));
        assert_eq!(read(CookieParser::Decoding, &headers(forged), NAME), Ok(Some("forged".to_owned())));
    }

    #[test]
    fn one_odd_byte_does_not_sign_everybody_out() {
        let odd: &[&[u8]] = &[b"x=\xe9; __Host-Http-session=mine"];
        assert_eq!(raw(odd), Ok(Some("mine".to_owned())));
        assert_eq!(read(CookieParser::Decoding, &headers(odd), NAME), Ok(None));
    }

    #[test]
    fn refuses_duplicates_on_one_line_and_on_two() {
        assert!(raw(&[b"__Host-Http-session=a; __Host-Http-session=b"]).is_err());
        assert!(raw(&[b"__Host-Http-session=a", b"__Host-Http-session=a"]).is_err());
    }

    #[test]
    fn a_weak_cookie_has_no_prefix_that_browsers_would_refuse() {
        let weak = Cookie { httponly: Switch::Off, ..Cookie::default() };
        assert_eq!(set_session(&weak, "v", 60), "__Host-session=v; Path=/; Max-Age=60; Secure; SameSite=Strict");
        let reference = set_session(&Cookie::default(), "v", 60);
        assert_eq!(reference, "__Host-Http-session=v; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn a_deletion_that_breaks_the_prefix_is_the_weak_variant() {
        let deletion = |attributes| forget_session(&Cookie::default(), attributes);
        let full = "__Host-Http-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict";
        assert_eq!(deletion(Switch::On), full);
        assert_eq!(deletion(Switch::Off), "__Host-Http-session=; Max-Age=0");
    }

    #[test]
    fn names_are_told_in_the_order_in_which_they_come() {
        let sent = headers(&[b"__Host-Http-tx-a=1; x=2;__Host-Http-tx-b=3", b"__Host-Http-tx-c"]);
        let names: Vec<&str> = names(&sent, TRANSACTION).collect();
        assert_eq!(names, ["__Host-Http-tx-a", "__Host-Http-tx-b", "__Host-Http-tx-c"]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_never_reads_another_name(line in proptest::collection::vec(32_u8..=255, 0..120)) {
            if let Ok(value) = HeaderValue::from_bytes(&line) {
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, value);
                let _ = read(CookieParser::Decoding, &headers, NAME);
                proptest::prop_assert!(names(&headers, TRANSACTION).all(|name| name.starts_with(TRANSACTION)));
                let found = read(CookieParser::Raw, &headers, NAME);
                if !line.windows(NAME.len()).any(|window| window == NAME.as_bytes()) {
                    proptest::prop_assert_eq!(found, Ok(None));
                }
            }
        }
    }
}
