//! What each document of the application may do (W3C CSP3), and who may frame it.

use http::HeaderValue;

use crate::config::Config;
use crate::settings::{Settings, Store};

/// Who may frame a document, and what it may do.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// The `Content-Security-Policy`, if there is one.
    pub(crate) content_security_policy: Option<HeaderValue>,
    /// The `X-Frame-Options` that says the same of framing, if it can (RFC 7034 §2.1 knows no single foreign origin).
    pub(crate) x_frame_options: Option<HeaderValue>,
}

/// The policies of every kind of answer.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    /// Of the page, its files, its workers, and whatever has none of its own.
    pub(crate) page: Policy,
    /// Of the document that a hidden frame comes back to.
    pub(crate) silent_callback: Policy,
    /// Of the document that the provider frames at a sign-out.
    pub(crate) frontchannel_logout: Policy,
}

enum Framing<'a> {
    Nobody,
    Ourselves,
    Issuer(&'a str),
}

impl Policies {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        let issuer = config.issuer_origin();
        let one_script = one_script(settings);
        Self {
            page: Policy::new(settings, page(config, settings, &issuer), &Framing::Nobody),
            silent_callback: Policy::new(settings, one_script.clone(), &Framing::Ourselves),
            frontchannel_logout: Policy::new(settings, one_script, &Framing::Issuer(&issuer)),
        }
    }
}

impl Policy {
    fn new(settings: &Settings, mut directives: Vec<String>, framing: &Framing<'_>) -> Self {
        if !settings.csp.is_on() {
            directives.clear();
        }
        if settings.frame.is_on() {
            directives.push(match framing {
                Framing::Nobody => "frame-ancestors 'none'".to_owned(),
                Framing::Ourselves => "frame-ancestors 'self'".to_owned(),
                Framing::Issuer(issuer) => format!("frame-ancestors {issuer}"),
            });
        }
        let text = directives.join("; ");
        let value = HeaderValue::from_str(&text).expect("origins and directives are plain ASCII");
        Self {
            content_security_policy: (!text.is_empty()).then_some(value),
            x_frame_options: match framing {
                Framing::Nobody => Some(HeaderValue::from_static("DENY")),
                Framing::Ourselves => Some(HeaderValue::from_static("SAMEORIGIN")),
                Framing::Issuer(_) => None,
            }
            .filter(|_| settings.frame.is_on()),
        }
    }
}

/// The page calls the API and the issuer, and shows or starts nothing that its settings do not need.
fn page(config: &Config, settings: &Settings, issuer: &str) -> Vec<String> {
    let mut connect = vec!["'self'".to_owned(), config.api.to_string(), config.live_origin(), issuer.to_owned()];
    connect.extend(config.issuer_origins.iter().map(ToString::to_string));
    // A navigation is held against the policy at every redirect, so the way back counts too.
    let frame = if settings.is_framing() { format!("'self' {issuer}") } else { "'none'".to_owned() };
    let worker = if settings.store == Store::Worker || settings.pwa.is_on() { "'self'" } else { "'none'" };
    let mut directives = vec![
        "default-src 'none'".to_owned(),
        "script-src 'self'".to_owned(),
        "style-src 'self'".to_owned(),
        "img-src 'self'".to_owned(),
        format!("connect-src {}", connect.join(" ")),
        format!("frame-src {frame}"),
        format!("worker-src {worker}"),
        "object-src 'none'".to_owned(),
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
    ];
    if settings.pwa.is_on() {
        directives.push("manifest-src 'self'".to_owned());
    }
    directives.extend(trusted_types(settings, &script_policies(settings)));
    directives
}

/// A document that exists for one short script.
fn one_script(settings: &Settings) -> Vec<String> {
    let mut directives: Vec<String> =
        ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'"].map(str::to_owned).into();
    directives.extend(trusted_types(settings, "'none'"));
    directives
}

/// The address of a worker is script to the browser: it takes a policy with a name to give one (W3C Trusted Types §2.3).
fn script_policies(settings: &Settings) -> String {
    let mut names = Vec::new();
    if settings.store == Store::Worker {
        names.push("worker");
    }
    if settings.pwa.is_on() {
        names.push("service-worker");
    }
    if names.is_empty() { "'none'".to_owned() } else { names.join(" ") }
}

fn trusted_types(settings: &Settings, policies: &str) -> Vec<String> {
    if !settings.trusted_types.is_on() {
        return Vec::new();
    }
    vec!["require-trusted-types-for 'script'".to_owned(), format!("trusted-types {policies}")]
}
