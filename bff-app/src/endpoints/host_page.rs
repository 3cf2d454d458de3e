//! The server-rendered host page: nobody's data in it, settings that change without a rebuild, a nonce in its policy.
//!
//! It does not look at the session: a Strict cookie is missing on the first document after the provider's redirect.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde_json::Value;

use super::assets::Files;
use crate::csp::{self, Proof};
use crate::headers::Kind;
use crate::problem::Problem;
use crate::settings::{ScriptPolicy, Worker};
use crate::{Inner, Shared};

/// The nonce of the weak variant, which whoever has seen one response knows.
const REUSED: &str = "the-same-in-every-response";

#[derive(Template)]
#[template(path = "host_page.html")]
struct HostPage<'a> {
    settings: &'a str,
    nonce: Option<&'a str>,
    integrity: Option<&'a str>,
    /// Whether it can be installed as an application.
    installable: bool,
}

pub(super) fn routes(files: Arc<Files>) -> Router<Shared> {
    Router::new().route("/", get(move |State(bff): State<Shared>| async move { page(&bff, &files) }))
}

fn page(bff: &Inner, files: &Files) -> Result<Response, Problem> {
    let script = bff.settings.csp.script;
    let fresh = (script == ScriptPolicy::Nonce).then(hosting::random_token);
    let nonce = fresh.as_deref().unwrap_or(REUSED);
    let page = HostPage {
        settings: &as_element(&bff.config.page.settings),
        nonce: matches!(script, ScriptPolicy::Nonce | ScriptPolicy::NonceReused).then_some(nonce),
        integrity: (script == ScriptPolicy::Hash).then_some(files.integrity.as_str()),
        installable: bff.settings.csp.worker != Worker::None && bff.config.page.manifest.is_some(),
    };
    let broken = |_| Problem::fixed(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written");
    let mut response = Html(page.render().map_err(broken)?).into_response();
    let proof = Proof { nonce, integrity: &files.integrity };
    if let Some(policy) = csp::of_page(&bff.config, &bff.settings, &proof) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.extensions_mut().insert(Kind::Page);
    Ok(response)
}

/// Writes JSON as the text of a `script` element, which nothing in it can end (WHATWG HTML §4.12.1.3).
fn as_element(settings: &Value) -> String {
    settings.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn html(settings: &Value, nonce: Option<&str>, integrity: Option<&str>) -> String {
        HostPage { settings: &as_element(settings), nonce, integrity, installable: false }.render().unwrap()
    }

    #[test]
    fn the_script_carries_what_the_policy_asks_for() {
        assert!(
            html(&json!({}), Some("n"), None).contains(r#"<script nonce="n" src="/assets/app.js" defer></script>"#)
        );
        let digest = html(&json!({}), None, Some("sha256-a+b/c="));
        assert!(
            digest.contains(r#"<script integrity="sha256-a+b/c=" src="/assets/app.js" defer></script>"#),
            "{digest}"
        );
        assert!(html(&json!({}), None, None).contains(r#"<script src="/assets/app.js" defer></script>"#));
    }

    fn settings_in(html: &str) -> Value {
        let (_, rest) = html.split_once(r#"<script type="application/json" id="settings">"#).unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn settings_reach_the_page_whatever_stands_in_them() {
        let hostile = json!({ "</script><script>x": "<!--<script>&amp;\u{2028}", "n": [1, null] });
        assert_eq!(settings_in(&html(&hostile, Some("n"), None)), hostile);
    }

    proptest::proptest! {
        #[test]
        fn no_text_ends_the_element(text in ".{0,60}") {
            let settings = json!({ "note": text });
            proptest::prop_assert_eq!(settings_in(&html(&settings, None, None)), settings);
        }
    }
}
