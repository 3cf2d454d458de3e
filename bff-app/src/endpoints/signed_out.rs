//! Where a sign-out leads: a redirect that only the ticket opens, once.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Shared;
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::settings::{ClearSiteData, Logout};

static CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/signed-out", get(signed_out))
}

async fn signed_out(State(bff): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let ticket = parameters.find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket.into_owned());
    let leads_to: Option<String> = match ticket {
        Some(ticket) => bff.remembered.take(Drawer::Ticket, &ticket).await?,
        None => None,
    };
    // Without a ticket nothing is cleared: any page can lead a browser here.
    let Some(leads_to) = leads_to else { return Ok(Redirect::to("/").into_response()) };
    let mut response = Redirect::to(&leads_to).into_response();
    clear_site_data(&bff.settings.logout, response.headers_mut());
    Ok(response)
}

/// Tells the browser what to clear (W3C Clear Site Data §3.1).
pub(super) fn clear_site_data(settings: &Logout, headers: &mut HeaderMap) {
    let kinds = match settings.csd {
        // Not "cookies": that would sign the user out of sibling applications too.
        ClearSiteData::Storage => "\"storage\", \"cache\"",
        ClearSiteData::Everything => "\"storage\", \"cache\", \"cookies\"",
        ClearSiteData::None => return,
    };
    headers.insert(&CLEAR_SITE_DATA, HeaderValue::from_static(kinds));
}
