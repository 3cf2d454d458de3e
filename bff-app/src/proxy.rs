//! The way to the private downstream: an allowed prefix, a URL built from validated segments, the user's own token.

mod target;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::Shared;
use crate::problem::Problem;

/// Headers that belong to one hop (RFC 9110 §7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What a downstream must not say in the application's name.
const NOT_PASSED_BACK: [&str; 6] = [
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "clear-site-data",
    "content-security-policy",
    "strict-transport-security",
];

/// Passes a request on as the user, streaming both ways.
pub(crate) async fn forward(State(bff): State<Shared>, request: Request) -> Response {
    match pass(&bff, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn pass(bff: &Shared, request: Request) -> Result<Response, Problem> {
    let found = bff.sessions.find(request.headers())?;
    let url = target::build(&bff.settings.proxy, &bff.config.downstream, request.uri())?;
    let fresh = bff.fresh_tokens(&found).await?;
    let (parts, body) = request.into_parts();
    let mut headers = onward(bff, &parts.headers);
    // Whatever came from the caller is gone here, unless the switch that lets it through is off.
    if !headers.contains_key(header::AUTHORIZATION) {
        let bearer = format!("Bearer {}", fresh.tokens.access_token).parse();
        let bearer =
            bearer.map_err(|_| Problem::new(StatusCode::BAD_GATEWAY, "the access token is not a header value"))?;
        headers.insert(header::AUTHORIZATION, bearer);
    }
    let outbound = bff.handed.outbound.named("bff");
    let unreachable = |error: reqwest::Error| {
        Problem::new(StatusCode::BAD_GATEWAY, format!("the downstream does not answer: {}", error.without_url()))
    };
    let mut onward = outbound.client().request(parts.method, url).headers(headers);
    if !http_body::Body::is_end_stream(&body) {
        onward = onward.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    let answer = outbound.send(onward.build().map_err(unreachable)?).await.map_err(unreachable)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    for (name, value) in answer.headers() {
        if !HOP_BY_HOP.contains(&name.as_str()) && !NOT_PASSED_BACK.contains(&name.as_str()) {
            response.headers_mut().append(name, value.clone());
        }
    }
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    for set_cookie in [found.set_cookie, fresh.set_cookie].into_iter().flatten() {
        response.headers_mut().insert(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

/// Returns the headers that go downstream: not the hop's, not the caller's identity, not our own protection's.
fn onward(bff: &Shared, headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let stays = |name: &HeaderName| {
        let hop = HOP_BY_HOP.contains(&name.as_str()) || named.iter().any(|named| named == name.as_str());
        let ours = matches!(name.as_str(), "host" | "content-length" | "x-csrf" | "origin" | "referer" | "forwarded");
        let cookie = *name == header::COOKIE && bff.settings.proxy.strip_cookie.is_on();
        let authorization = *name == header::AUTHORIZATION && bff.settings.proxy.strip_authz.is_on();
        hop || ours || cookie || authorization || name.as_str().replace('_', "-").starts_with("x-forwarded")
    };
    headers.iter().filter(|(name, _)| !stays(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
