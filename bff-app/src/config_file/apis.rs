//! The APIs behind the BFF, and what of them is passed on.

use std::collections::HashSet;

use http::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::{Api, Route};
use crate::downstream::Base;

/// What the application itself answers below `/api/`.
const OWN: [&str; 4] = ["accounts", "feed", "live", "transfers"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiEntry {
    #[serde(deserialize_with = "name")]
    name: String,
    #[serde(deserialize_with = "base")]
    base: String,
    audience: Option<String>,
    routes: Vec<RouteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteEntry {
    #[serde(deserialize_with = "methods")]
    methods: Vec<Method>,
    path: String,
}

/// Reads all of them; no name comes twice, because the name decides where a request goes.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Api>, D::Error> {
    let entries = Vec::<ApiEntry>::deserialize(deserializer)?;
    if let Some(name) = twice(&entries) {
        return Err(D::Error::custom(format_args!("the name {name:?} is there twice; rename one of them")));
    }
    Ok(entries.into_iter().map(ApiEntry::understood).collect())
}

fn twice(entries: &[ApiEntry]) -> Option<&str> {
    let mut seen = HashSet::new();
    entries.iter().map(|entry| entry.name.as_str()).find(|name| !seen.insert(*name))
}

impl ApiEntry {
    fn understood(self) -> Api {
        let Self { name, base, audience, routes } = self;
        let routes = routes.into_iter().map(|RouteEntry { methods, path }| Route { methods, path }).collect();
        Api { name, base, audience, routes }
    }
}

/// One segment of a path, which no other program reads in another way (RFC 3986 §2.3).
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_segment = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_segment {
        return Err(D::Error::custom(format_args!("{name:?} is no name; use letters, digits, - and _")));
    }
    if OWN.contains(&name.as_str()) {
        return Err(D::Error::custom(format_args!("/api/{name} is the application's own; choose another name")));
    }
    Ok(name)
}

fn base<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let base = String::deserialize(deserializer)?;
    match Base::parse(&base) {
        Some(_) => Ok(base),
        None => Err(D::Error::custom("it is no address; write one as in https://orders.example.org/v1")),
    }
}

/// Methods are case-sensitive (RFC 9110 §9.1), so that `get` would be another one than `GET`.
fn methods<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Method>, D::Error> {
    let read = |text: &String| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| is_plain);
        method
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is no method; write it in capitals, as in \"GET\"")))
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(read).collect()
}
