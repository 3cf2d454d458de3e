//! Everything that is served.

mod assets;
mod page;
mod settings_json;

use axum::Router;

use crate::Shared;

pub(crate) fn routes() -> Router<Shared> {
    Router::new().merge(assets::routes()).merge(settings_json::routes()).merge(page::routes())
}
