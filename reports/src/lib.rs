//! The run as one value, and every report as a pure function of it.
//!
//! [`model::Run`] is what a run ends in. [`formats::ALL`] are the reports; each is a pure function from the run to text.
//! Only JSON is ever read back, by [`load`], so an old `run.json` renders again with a newer program.
//!
//! Nothing here reads a clock, a file or the network, and no secret enters: all text arrives redacted.

pub mod formats;
mod load;
pub mod model;
mod sample;
mod schema;
mod state;
mod tally;

pub use load::{Unreadable, load};
pub use sample::sample_run;
pub use schema::schema;
pub use state::State;
pub use tally::Tally;
