//! Arbitrary bytes wherever a stranger can put some: every request is answered, never by a server error, and nothing
//! comes of it.

mod credentials;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use mock_idp::{AuthMethod, Settings};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use crate::agent::{
    ASSERTION_TYPE, Agent, Answer, DpopKey, Tokens, as_form, authorization_request, encode, redirect_uri,
};

/// How many texts are tried at each place.
const CASES: u32 = 64;

/// What gets a form past its first checks often enough; no wealth of them makes a good request.
const PIECES: &[&str] = &[
    "&",
    "=",
    ";",
    "+",
    "%",
    "%00",
    "%ff",
    "&client_id=bff",
    "&client_secret=bff-secret",
    "&redirect_uri=https%3A%2F%2Fbff.app.test%2Fcallback",
    "&response_type=code",
    "&scope=openid",
    "&state=",
    "&prompt=none",
    "&response_mode=form_post",
    "&max_age=0",
    "&id_token_hint=",
    "&request_uri=urn:ietf:params:oauth:request_uri:",
    "&grant_type=authorization_code",
    "&grant_type=refresh_token",
    "&code=",
    "&code_verifier=",
    "&refresh_token=",
    "&token=",
    "&client_assertion=",
    "&transaction=",
    "&username=alice",
    "&question=",
    "&confirmation=",
    "&decision=allow",
    "&post_logout_redirect_uri=https%3A%2F%2Fbff.app.test%2F",
];

/// Headers and claims of tokens, as an attacker tries them.
const JSON: &[&str] = &[
    "{}",
    "[]",
    "null",
    r#"{"alg":"none"}"#,
    r#"{"alg":"HS256"}"#,
    r#"{"alg":"ES256"}"#,
    r#"{"alg":{}}"#,
    r#"{"alg":"ES256","kid":"x","crit":[]}"#,
    r#"{"typ":"JWT","alg":"ES256","kid":""}"#,
    r#"{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#,
    r#"{"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":""}}"#,
    r#"{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"","e":""}}"#,
    r#"{"iss":"bff","sub":"bff","aud":"https://login.idp.test","exp":99999999999999999999}"#,
    r#"{"sub":"sub-alice","aud":"bff","sid":"x"}"#,
    r#"{"sub":["bff"],"exp":-1}"#,
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

/// Bytes that look like a form.
fn form() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()), vec(any::<u8>(), 0..8)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Bytes that a header can carry (RFC 9110 §5.5).
fn header_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff, proptest::strategy::Just(b'\t')], 0..200)
}

/// Texts that look like a JWT.
fn jwt() -> impl Strategy<Value = Vec<u8>> {
    let part = || prop_oneof![select(JSON).prop_map(|json| json.as_bytes().to_vec()), vec(any::<u8>(), 0..40)];
    (part(), part(), vec(any::<u8>(), 0..70)).prop_map(|(header, claims, signature)| {
        let parts = [header, claims, signature].map(|part| hosting::base64url(&part));
        parts.join(".").into_bytes()
    })
}

/// What stands in the place of a credential.
fn credential() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![bytes(), jwt()]
}

/// A provider at which alice is signed in, with everything that a good request needs but the bytes.
struct Target {
    runtime: Runtime,
    agent: Agent,
    tokens: Tokens,
    before: [usize; 5],
}

impl Target {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut agent = Agent::new(Settings::default());
        let tokens = runtime.block_on(agent.sign_in("bff"));
        let before = agent.issued();
        Self { runtime, agent, tokens, before }
    }

    /// Sends a request, and checks that nothing has begun or ended by it.
    fn survives(&self, request: Request<Body>) -> Result<Answer, TestCaseError> {
        let mut agent = self.agent.clone();
        let answer = self.runtime.block_on(agent.send(request));
        prop_assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.text);
        prop_assert_eq!(self.agent.issued(), self.before);
        Ok(answer)
    }

    /// Sends a form as the browser of alice, or of anybody who has her cookies.
    fn posts(&self, path: &str, body: impl Into<Body>) -> Result<Answer, TestCaseError> {
        let request = self.agent.with_cookies(Request::post(path));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.survives(request.body(body.into()).unwrap())
    }

    /// Asks for a token that it would get, were it not for one header.
    fn asks_with(&self, name: &str, value: &[u8]) -> Result<Answer, TestCaseError> {
        let form = [("client_id", "bff"), ("client_secret", "bff-secret"), ("grant_type", "client_credentials")];
        self.survives(as_form(with_header(Request::post("/token"), name, value), &form))
    }
}

fn with_header(request: Builder, name: &str, value: &[u8]) -> Builder {
    request.header(name, HeaderValue::from_bytes(value).unwrap())
}

fn escaped(bytes: &[u8]) -> String {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

/// An address with these bytes as they are in its query, or escaped where no address can have them.
fn address(path: &str, query: &[u8]) -> Uri {
    let raw = [path.as_bytes(), b"?", query].concat();
    Uri::try_from(raw).unwrap_or_else(|_| format!("{path}?{}", escaped(query)).parse().unwrap())
}

fn run<T: std::fmt::Debug>(texts: impl Strategy<Value = T>, test: impl Fn(&Target, T) -> Result<(), TestCaseError>) {
    let target = Target::new();
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(&texts, |text| test(&target, text)) {
        panic!("{error}");
    }
}

#[test]
fn any_query_is_survived() {
    run(prop_oneof![bytes(), form()], |target, query| {
        for path in ["/authorize", "/end_session", "/userinfo", "/jwks", "/check_session"] {
            let request = target.agent.with_cookies(Request::get(address(path, &query)));
            let answer = target.survives(request.body(Body::empty()).unwrap())?;
            prop_assert!(!answer.text.contains("name=\"code\""), "{}", answer.text);
        }
        Ok(())
    });
}

#[test]
fn any_form_is_survived() {
    run(prop_oneof![bytes(), form()], |target, body| {
        for path in [
            "/authorize",
            "/login",
            "/consent",
            "/end_session",
            "/end_session/confirm",
            "/token",
            "/par",
            "/introspect",
            "/revoke",
            "/userinfo",
        ] {
            target.posts(path, body.clone())?;
        }
        Ok(())
    });
}

#[test]
fn any_authorization_header_is_survived() {
    run(header_bytes(), |target, value| {
        for scheme in ["", "Basic ", "Bearer ", "DPoP "] {
            let value = [scheme.as_bytes(), &value].concat();
            let answer = target.asks_with("authorization", &value)?;
            prop_assert!(answer.status.is_client_error());
            let request = with_header(Request::get("/userinfo"), "authorization", &value);
            let answer = target.survives(request.body(Body::empty()).unwrap())?;
            prop_assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
        Ok(())
    });
}

#[test]
fn any_cookie_header_is_survived() {
    let redirect_uri = redirect_uri("bff");
    let request = authorization_request("bff", &redirect_uri, &[("prompt", "none")]);
    let target_uri = format!("/authorize?{}", encode(&request));
    run(header_bytes(), |target, value| {
        for name in ["", "__Host-Http-idp-session=", "a=b; __Host-Http-idp-session="] {
            let value = [name.as_bytes(), &value].concat();
            let request = with_header(Request::get(&target_uri), "cookie", &value);
            let answer = target.survives(request.body(Body::empty()).unwrap())?;
            prop_assert_eq!(answer.parameter("error"), Some("login_required".to_owned()));
        }
        Ok(())
    });
}

#[test]
fn any_dpop_header_is_survived() {
    run(prop_oneof![header_bytes(), jwt()], |target, value| {
        let answer = target.asks_with("dpop", &value)?;
        prop_assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, "invalid_dpop_proof".to_owned()));
        Ok(())
    });
}

#[test]
fn any_content_type_is_survived() {
    run(header_bytes(), |target, value| {
        let request = Request::post("/token").header(header::CONTENT_TYPE, HeaderValue::from_bytes(&value).unwrap());
        let body = "client_id=bff&client_secret=bff-secret&grant_type=client_credentials";
        let answer = target.survives(request.body(Body::from(body)).unwrap())?;
        prop_assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, "invalid_request".to_owned()));
        Ok(())
    });
}

#[test]
fn any_assertion_is_survived() {
    let jwk = DpopKey::generate().jwk();
    run(credential(), |target, text| {
        target.agent.change_client("bff", |client| {
            client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
            client.jwks = Some(serde_json::json!({"keys": [jwk.clone()]}));
        });
        let start =
            format!("grant_type=client_credentials&client_assertion_type={}", escaped(ASSERTION_TYPE.as_bytes()));
        for client_id in ["", "&client_id=bff"] {
            let answer = target.posts("/token", format!("{start}{client_id}&client_assertion={}", escaped(&text)))?;
            prop_assert!(answer.status.is_client_error(), "{}", answer.text);
        }
        Ok(())
    });
}

#[test]
fn any_hint_is_survived() {
    let redirect_uri = redirect_uri("bff");
    let request = encode(&authorization_request("bff", &redirect_uri, &[("prompt", "none")]));
    run(credential(), |target, text| {
        let hint = format!("id_token_hint={}", escaped(&text));
        // An empty hint is none, and the session then counts by itself.
        if !text.is_empty() {
            let answer = target.posts("/authorize", format!("{request}&{hint}"))?;
            prop_assert_eq!(answer.parameter("error"), Some("invalid_request".to_owned()));
        }
        let asked = target.posts("/end_session", hint)?;
        prop_assert!(asked.status.is_client_error() || asked.text.contains("name=\"confirmation\""), "{}", asked.text);
        Ok(())
    });
}

#[test]
fn any_token_is_survived() {
    run(credential(), |target, text| {
        let token = escaped(&text);
        let bff = "client_id=bff&client_secret=bff-secret";
        let bodies = [
            ("/introspect", format!("client_id=api&client_secret=api-secret&token={token}")),
            ("/revoke", format!("{bff}&token={token}")),
            ("/token", format!("{bff}&grant_type=refresh_token&refresh_token={token}")),
            ("/token", format!("{bff}&grant_type=authorization_code&redirect_uri=x&code_verifier=x&code={token}")),
            ("/par", format!("{bff}&request_uri={token}")),
            ("/login", format!("username=alice&password=alice-password&transaction={token}")),
            ("/consent", format!("decision=allow&question={token}")),
            ("/end_session/confirm", format!("decision=sign-out&confirmation={token}")),
        ];
        for (path, body) in bodies {
            let answer = target.posts(path, body)?;
            let says_inactive = answer.text == r#"{"active":false}"#;
            let is_revoked = path == "/revoke" && answer.status == StatusCode::OK;
            prop_assert!(answer.status.is_client_error() || says_inactive || is_revoked, "{path}: {}", answer.text);
        }
        let known = target.runtime.block_on(target.agent.is_active(&target.tokens.access));
        prop_assert!(known, "a genuine token is still worth something");
        Ok(())
    });
}
