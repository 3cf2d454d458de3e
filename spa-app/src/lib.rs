//! The static host of the single-page application.
