//! The control API as a program meets it: through its router, beside the router of the provider that it controls.

mod administering;
mod document;
mod play;
mod refusing;
mod routes;
