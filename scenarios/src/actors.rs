//! Those who act in a play: a user agent over plain HTTP, users of both architectures, and a real browser.

pub mod bff_user;
pub mod browser;
pub mod driver;
pub mod form;
pub mod relying_party;
pub mod spa_user;
pub mod user_agent;
pub mod window;
