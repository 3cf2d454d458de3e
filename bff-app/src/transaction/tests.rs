//! Sign-ins of one browser and of two, and what each switch of the binding is for.

use http::header;

use super::*;
use crate::settings::Switch;
use crate::tests::agent::{config, handed};

struct Stage {
    transactions: Transactions,
    clock: Clock,
}

impl Stage {
    fn new(change: impl FnOnce(&mut Tx)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings.tx);
        let handed = handed();
        let remembered = Remembered::new(&config(), &settings, &handed).unwrap();
        Self { transactions: Transactions::new(&remembered, &settings, &handed), clock: handed.clock.clone() }
    }

    /// Begins a sign-in and returns its cookie as `name=value`.
    async fn begin(&self, state: &str) -> String {
        let transaction = Transaction {
            state: state.to_owned(),
            nonce: "nonce".to_owned(),
            verifier: "verifier".to_owned(),
            return_url: format!("/{state}"),
            is_silent: false,
            max_age_s: None,
            acr_values: None,
            replaces: None,
            expires_s: self.clock.now_s() + LIFE.as_secs(),
        };
        let set_cookie = self.transactions.begin(transaction).await.unwrap();
        set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// Takes out a sign-in and returns where it leads.
    async fn take(&self, cookie: &str, state: &str) -> Option<String> {
        let taken = self.transactions.take(&cookies(cookie), state).await.unwrap();
        taken.map(|(transaction, _)| transaction.return_url)
    }
}

fn cookies(line: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(line).unwrap());
    headers
}

#[tokio::test]
async fn tabs_sign_in_side_by_side_and_finish_in_any_order() {
    let stage = Stage::new(|_| {});
    let (one, two) = (stage.begin("one").await, stage.begin("two").await);
    let both = format!("{one}; {two}");
    assert_eq!(stage.take(&both, "two").await.as_deref(), Some("/two"));
    assert_eq!(stage.take(&both, "one").await.as_deref(), Some("/one"));
    assert_eq!(stage.take(&both, "one").await, None, "a sign-in ends with its first answer");
}

#[tokio::test]
async fn the_cookie_is_forgotten_by_its_own_name() {
    let stage = Stage::new(|_| {});
    let cookie = stage.begin("one").await;
    let (_, forget) = stage.transactions.take(&cookies(&cookie), "one").await.unwrap().unwrap();
    let name = cookie.split('=').next().unwrap();
    assert_eq!(forget, format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"));
    assert!(name.starts_with("__Host-Http-tx-") && !name.contains("one"), "{name}");
}

#[tokio::test]
async fn another_browser_does_not_finish_a_sign_in_unless_the_binding_is_off() {
    for (browser_bind, taken) in [(Switch::On, None), (Switch::Off, Some("/one"))] {
        let stage = Stage::new(|tx| tx.browser_bind = browser_bind);
        let cookie = stage.begin("one").await;
        let name = cookie.split('=').next().unwrap();
        assert_eq!(stage.take(&format!("{name}=guess"), "one").await.as_deref(), taken);
        let left = stage.take(&cookie, "one").await;
        assert_eq!(left.is_some(), taken.is_none());
    }
}

#[tokio::test]
async fn a_foreign_state_finds_nothing_unless_state_is_not_compared() {
    for (state, taken) in [(Switch::On, None), (Switch::Off, Some("/one"))] {
        let stage = Stage::new(|tx| tx.state = state);
        let cookie = stage.begin("one").await;
        assert_eq!(stage.take(&cookie, "foreign").await.as_deref(), taken);
    }
}

#[tokio::test]
async fn a_cookie_that_comes_twice_is_nobodys() {
    let stage = Stage::new(|_| {});
    let cookie = stage.begin("one").await;
    assert_eq!(stage.take(&format!("{cookie}; {cookie}"), "one").await, None);
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_is_forgotten() {
    let stage = Stage::new(|_| {});
    let (one, two) = (stage.begin("one").await, stage.begin("two").await);
    stage.clock.advance(LIFE.saturating_sub(Duration::from_secs(1)));
    assert!(stage.take(&one, "one").await.is_some());
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(stage.take(&two, "two").await, None);
}

#[tokio::test]
async fn a_browser_keeps_a_handful_of_sign_ins() {
    let stage = Stage::new(|_| {});
    let mut all = Vec::new();
    for n in 0..MOST {
        assert_eq!(Transactions::surplus(&cookies(&all.join("; "))), Vec::<HeaderValue>::new());
        all.push(stage.begin(&format!("state-{n}")).await);
    }
    let oldest = all[0].split('=').next().unwrap();
    let surplus = Transactions::surplus(&cookies(&all.join("; ")));
    assert_eq!(surplus, [format!("{oldest}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")]);
    let tossed = vec!["__Host-Http-tx-odd name=1"; 20].join("; ");
    assert_eq!(Transactions::surplus(&cookies(&tossed)), Vec::<HeaderValue>::new(), "only what is ours");
}
