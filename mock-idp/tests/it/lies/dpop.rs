//! Proofs of possession: what the provider demands, takes, and binds tokens to.

use axum::http::StatusCode;
use mock_idp::{DpopLie as L, Lie, Settings, Times};
use serde_json::{Value, json};

use super::arm;
use crate::agent::{Agent, Answer, DpopKey, at, code_grant, credentials, redirect_uri};

/// A client's key, and a provider.
struct Play {
    agent: Agent,
    key: DpopKey,
}

impl Play {
    fn new() -> Self {
        Self { agent: Agent::new(Settings::default()), key: DpopKey::generate() }
    }

    /// Makes a proof for the token endpoint.
    fn proof(&self, nonce: Option<&str>) -> String {
        self.key.proof("POST", &at("/token"), nonce, None, self.agent.control.now_s())
    }

    /// Exchanges a fresh code under a proof.
    async fn redeem(&mut self, proof: &str) -> Answer {
        let code = self.agent.code("bff").await;
        let redirect_uri = redirect_uri("bff");
        let mut form = credentials("bff");
        form.extend(code_grant(&code, &redirect_uri));
        self.agent.call_with("/token", &form, &[("dpop", proof)]).await
    }

    /// Exchanges a code under a proof with a nonce that the provider takes now.
    async fn redeem_properly(&mut self) -> Answer {
        let demand = self.redeem(&self.proof(None)).await;
        let nonce = nonce(&demand).expect("a nonce that was demanded");
        let proof = self.proof(Some(&nonce));
        self.redeem(&proof).await
    }

    fn arm(&self, lie: L, times: Times) {
        arm(&self.agent, Lie::Dpop(lie), Some("bff"), times);
    }

    /// Returns the thumbprint to which the access token of an answer is bound.
    async fn bound_to(&self, answer: &Answer) -> Value {
        self.agent.introspect(answer.json()["access_token"].as_str().unwrap()).await["cnf"]["jkt"].clone()
    }
}

fn nonce(answer: &Answer) -> Option<String> {
    answer.header("dpop-nonce").map(str::to_owned)
}

fn is_demand(answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && answer.error() == "use_dpop_nonce"
}

#[tokio::test]
async fn an_honest_provider_demands_a_nonce_once_and_binds_to_the_key() {
    let mut play = Play::new();
    let answer = play.redeem_properly().await;
    assert_eq!((answer.status, &answer.json()["token_type"]), (StatusCode::OK, &json!("DPoP")));
    assert_eq!(play.bound_to(&answer).await, play.key.thumbprint());
}

async fn is_told(lie: L, play: &mut Play) -> bool {
    match lie {
        L::NonceForgotten => {
            play.redeem_properly().await;
            play.arm(lie, Times::Once);
            let answer = play.redeem(&play.proof(None)).await;
            answer.status == StatusCode::OK && answer.json()["token_type"] == "DPoP"
        }
        L::NonceChanging => {
            play.arm(lie, Times::UntilDisarmed);
            let first = nonce(&play.redeem(&play.proof(None)).await).unwrap();
            let second = nonce(&play.redeem(&play.proof(None)).await).unwrap();
            let proof = play.proof(Some(&second));
            let third = play.redeem(&proof).await;
            first != second && third.status == StatusCode::OK && nonce(&third).is_some_and(|third| third != second)
        }
        L::NonceNeverTaken => {
            play.arm(lie, Times::UntilDisarmed);
            let mut answer = play.redeem(&play.proof(None)).await;
            for _ in 0..3 {
                let proof = play.proof(Some(&nonce(&answer).unwrap()));
                answer = play.redeem(&proof).await;
            }
            is_demand(&answer) && nonce(&answer).is_some()
        }
        L::NonceDemandedButNotSent => {
            play.arm(lie, Times::Once);
            let answer = play.redeem(&play.proof(None)).await;
            is_demand(&answer) && nonce(&answer).is_none()
        }
        L::WrongKey | L::Bearer => {
            let nonce = nonce(&play.redeem(&play.proof(None)).await).unwrap();
            play.arm(lie, Times::Once);
            let proof = play.proof(Some(&nonce));
            let answer = play.redeem(&proof).await;
            let is_bound_right = play.bound_to(&answer).await == play.key.thumbprint();
            answer.json()["token_type"] == (if lie == L::Bearer { "Bearer" } else { "DPoP" })
                && is_bound_right == (lie == L::Bearer)
        }
        L::ReplaysAccepted => {
            let nonce = nonce(&play.redeem(&play.proof(None)).await).unwrap();
            let proof = play.proof(Some(&nonce));
            let first = play.redeem(&proof).await.status;
            play.arm(lie, Times::Once);
            let again = play.redeem(&proof).await.status;
            (first, again) == (StatusCode::OK, StatusCode::OK)
                && play.redeem(&proof).await.error() == "invalid_dpop_proof"
        }
    }
}

#[tokio::test]
async fn every_lie_is_told_and_the_provider_after_it_is_honest() {
    for lie in L::ALL {
        let mut play = Play::new();
        assert!(is_told(*lie, &mut play).await, "{lie:?}");
        play.agent.control.disarm_all();
        assert!(is_demand(&play.redeem(&play.proof(None)).await), "{lie:?}");
        let answer = play.redeem_properly().await;
        assert_eq!(answer.json()["token_type"], "DPoP", "{lie:?}");
        assert_eq!(play.bound_to(&answer).await, play.key.thumbprint(), "{lie:?}");
    }
}
