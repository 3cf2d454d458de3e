//! The business API: a ledger behind bearer tokens that are introspected.
