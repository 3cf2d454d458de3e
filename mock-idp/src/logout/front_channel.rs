//! Telling applications through the browser, by frames (OpenID Connect Front-Channel Logout 1.0).

use url::Url;

use crate::issuer::Issuer;
use crate::misbehaviour::{self, Lie};
use crate::sessions::Session;

/// Returns the addresses that the browser is to frame.
///
/// Source: OpenID Connect Front-Channel Logout 1.0 §2 and §3: `iss` and `sid` go together.
pub(super) fn frames(issuer: &Issuer, session: &Session) -> Vec<String> {
    if !issuer.settings.fcl.is_on() {
        return Vec::new();
    }
    let clients = session.clients.iter().filter_map(|joined| issuer.registry.client(&joined.client_id));
    clients
        .filter_map(|client| {
            let mut url = Url::parse(client.frontchannel_logout_uri.as_deref()?).ok()?;
            let is_told = client.frontchannel_logout_session_required;
            let mut iss = is_told.then(|| issuer.config.issuer.to_string());
            let mut sid = is_told.then(|| session.sid.to_string());
            let lie = issuer.lie(Some(&client.id), |lie| match lie {
                Lie::FrontChannel(lie) => Some(lie),
                _ => None,
            });
            if let Some(lie) = lie {
                misbehaviour::front_channel::tell(lie, &mut iss, &mut sid);
            }
            url.query_pairs_mut().extend_pairs(iss.map(|iss| ("iss", iss))).extend_pairs(sid.map(|sid| ("sid", sid)));
            Some(url.to_string().trim_end_matches('?').to_owned())
        })
        .collect()
}
