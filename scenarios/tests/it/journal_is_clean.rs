//! After a whole sign-in and sign-out in a real browser, nothing that works is left in what was recorded.

use hosting::Kind;
use scenarios::actors::driver::Driver;
use scenarios::config::Config;
use scenarios::deployment;
use scenarios::stage::Stage;

use crate::world::theatre;

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_is_recorded_in_either_architecture() {
    let driver = Driver::start(&Config::from_environment().installation).await.expect("the driver starts");
    for named in deployment::ALL {
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
                let value = &recorded[at + parameter.len()..];
                assert!(
                    value.starts_with('‹') || value.starts_with('"'),
                    "{parameter} is plain in the journal of {}",
                    named.id
                );
            }
        }
        stage.end().await;
    }
}
