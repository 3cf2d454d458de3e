//! What crosses the harness: a play that breaks ends as inconclusive with its cause, and the run goes on.

mod broken_plays;
mod callback_checks;
mod command_line;
mod host_foreign;
mod host_idp;
mod host_parts;
mod host_program;
mod journal_is_clean;
mod provider_pages;
mod proxied_headers;
mod refresh;
mod report_opens;
mod sign_out_address;
mod tidy;
mod two_issuers;
mod world;

mod at_the_page;
mod backend_pages;
mod downstream_credentials;
mod handed_out;
mod pages_in_the_browser;
mod settings_at_work;
mod spa_stores;
mod step_up;
mod visits;
