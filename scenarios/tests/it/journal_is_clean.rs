//! After a whole sign-in and sign-out in a real browser, nothing that works is left in what was recorded.

use hosting::Kind;
use scenarios::actors::driver::Driver;
use scenarios::config::Config;
use scenarios::deployment::{self, Architecture};
use scenarios::stage::Stage;

use crate::world::theatre;

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_is_recorded_in_either_architecture() {
    let driver = Driver::start(&Config::from_environment().installation).await.expect("the driver starts");
    let applications = deployment::ALL.iter().filter(|named| named.architecture != Architecture::Provider);
    for named in applications {
        let reference = named.deployment().expect("the reference exists");
        let mut stage = Stage::new(&theatre(), &reference, Some(driver.clone())).expect("it boots");
        let browser = stage.browser().await.expect("a browser opens");
        browser.sign_in("alice").await.expect("alice signs in");
        browser.sign_out().await.expect("alice signs out");
        let recorded = serde_json::to_string(&stage.testbed.journal.exchanges()).expect("the journal is plain data");
        let minted = stage.testbed.credentials.all();
        assert!(minted.iter().any(|(kind, _, _)| *kind == Kind::AccessToken), "{}", named.id);
        for (_, label, value) in minted {
            assert!(!recorded.contains(value.expose()), "{} stands plain in the journal of {}", label, named.id);
        }
        // What the page makes itself is registered by nobody.
        for parameter in ["state=", "nonce=", "code_challenge_method=S256&state=", "code_verifier="] {
            for (at, _) in recorded.match_indices(parameter) {
                // A salted digest, made to be shown (OpenID Connect Session Management 1.0 §3.1).
                if recorded[..at].ends_with("session_") {
                    continue;
                }
                let value = &recorded[at + parameter.len()..];
                assert!(
                    value.starts_with(['‹', '"', ';']),
                    "{parameter} is plain in the journal of {}: {}",
                    named.id,
                    &recorded[at.saturating_sub(120)..at]
                );
            }
        }
        stage.end().await;
    }
}
