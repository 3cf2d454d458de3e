//! Authorization responses: what the browser carries, and where it is sent.

use axum::http::StatusCode;
use mock_idp::{AuthorizationResponseLie as L, Lie};

use super::{EVIL, lying};
use crate::agent::{Agent, Answer, BFF, ISSUER, Tokens, claims};

/// What a browser has got.
struct Seen {
    answer: Answer,
    agent: Agent,
}

/// Signs in with the lie; what is given here replaces parameters of the request.
async fn see(lie: L, changes: &[(&str, &str)]) -> Seen {
    sign_in(lying(Lie::AuthorizationResponse(lie), Some("bff")), changes, "alice").await
}

async fn sign_in(mut agent: Agent, changes: &[(&str, &str)], username: &str) -> Seen {
    let form = agent.authorize("bff", changes).await;
    let answer = agent.fill_in(&form, username).await;
    Seen { answer, agent }
}

impl Seen {
    fn parameters(&self) -> Vec<(String, String)> {
        self.answer.location().query_pairs().into_owned().collect()
    }

    /// Every value of a parameter, in order.
    fn all(&self, name: &str) -> Vec<String> {
        self.parameters().into_iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect()
    }

    fn is(&self, name: &str, values: &[&str]) -> bool {
        self.all(name) == values
    }

    /// Tells whether a parameter is there twice, and which of the two is right.
    fn is_twice(&self, name: &str, right: &str, place: usize) -> bool {
        let all = self.all(name);
        all.len() == 2 && all[place] == right && all[1 - place] != right
    }

    /// Tells whether everything but this parameter is as it must be.
    fn is_otherwise_honest(&self, except: &str) -> bool {
        let is_right = |name: &str, right: bool| name == except || right;
        self.answer.location().as_str().starts_with(BFF)
            && is_right("state", self.is("state", &["the-state"]))
            && is_right("iss", self.is("iss", &[ISSUER]))
            && is_right("code", self.all("code").len() == 1)
            && is_right("error", self.all("error").is_empty())
    }

    /// Tells whether there is an error instead of a code, and what its description holds.
    fn fails_with(&self, description: &str) -> bool {
        let described = self.all("error_description").concat().contains(description);
        self.all("code").is_empty() && self.is("error", &["access_denied"]) && described
    }

    async fn redeem(&self) -> Answer {
        self.agent.redeem("bff", &self.all("code").concat()).await
    }

    /// Tells at which of two places the code is that can be redeemed; there are two.
    async fn redeemable(&self) -> Vec<bool> {
        let mut redeemable = Vec::new();
        for code in self.all("code") {
            redeemable.push(self.agent.redeem("bff", &code).await.status == StatusCode::OK);
        }
        redeemable
    }
}

async fn is_told(lie: L) -> bool {
    match lie {
        L::InQuery | L::InFragment | L::InForm => is_in_another_mode(lie).await,
        L::CodeMissing
        | L::CodeTwiceRightFirst
        | L::CodeTwiceWrongFirst
        | L::CodeGarbage
        | L::CodeOfAnotherUser
        | L::CodeOfAnotherClient
        | L::CodeOfAnotherIssuer => is_about_code(lie, &see(lie, &[]).await).await,
        L::AccessTokenBesideCode | L::IdTokenBesideCode | L::ErrorBesideCode => {
            is_beside_code(lie, &see(lie, &[]).await).await
        }
        L::StateMissing
        | L::StateWrong
        | L::StateEmpty
        | L::StateTwiceRightFirst
        | L::StateTwiceWrongFirst
        | L::IssMissing
        | L::IssWrong
        | L::IssTrailingSlash
        | L::IssWrongTrailingSlash
        | L::IssTwiceRightFirst
        | L::IssTwiceWrongFirst
        | L::ErrorWithoutState
        | L::ErrorWithScript
        | L::ErrorWithLineBreak
        | L::ErrorTooLong
        | L::ErrorWithTerminalEscapes
        | L::LookAlikeHost
        | L::LookAlikeUserName
        | L::PlainHttp => is_in_query(lie, &see(lie, &[]).await),
    }
}

fn is_in_query(lie: L, seen: &Seen) -> bool {
    let address = seen.answer.location();
    match lie {
        L::StateMissing => seen.is_otherwise_honest("state") && seen.is("state", &[]),
        L::StateWrong => seen.is_otherwise_honest("state") && !seen.is("state", &["the-state"]),
        L::StateEmpty => seen.is_otherwise_honest("state") && seen.is("state", &[""]),
        L::StateTwiceRightFirst => seen.is_otherwise_honest("state") && seen.is_twice("state", "the-state", 0),
        L::StateTwiceWrongFirst => seen.is_otherwise_honest("state") && seen.is_twice("state", "the-state", 1),
        L::IssMissing => seen.is_otherwise_honest("iss") && seen.is("iss", &[]),
        L::IssWrong => seen.is_otherwise_honest("iss") && seen.is("iss", &[EVIL]),
        L::IssTrailingSlash => seen.is_otherwise_honest("iss") && seen.is("iss", &["https://login.idp.test/"]),
        L::IssWrongTrailingSlash => seen.is_otherwise_honest("iss") && seen.is("iss", &["https://evil.example/"]),
        L::IssTwiceRightFirst => seen.is_otherwise_honest("iss") && seen.is_twice("iss", ISSUER, 0),
        L::IssTwiceWrongFirst => seen.is_otherwise_honest("iss") && seen.is_twice("iss", ISSUER, 1),
        L::ErrorWithoutState => seen.fails_with("") && seen.is("state", &[]),
        L::ErrorWithScript => seen.fails_with("<script") && seen.is("state", &["the-state"]),
        L::ErrorWithLineBreak => seen.fails_with("\r\nSet-Cookie:"),
        L::ErrorTooLong => seen.fails_with("no ") && seen.all("error_description").concat().len() >= 8_192,
        L::ErrorWithTerminalEscapes => seen.fails_with("\u{1b}[2J"),
        L::LookAlikeHost => address.host_str() == Some("bff.app.test.evil.test") && address.path() == "/callback",
        L::LookAlikeUserName => address.host_str() == Some("evil.test") && address.username() == "bff.app.test",
        L::PlainHttp => address.as_str().starts_with("http://bff.app.test/callback?"),
        _ => false,
    }
}

async fn is_about_code(lie: L, seen: &Seen) -> bool {
    seen.is_otherwise_honest("code")
        && match lie {
            L::CodeMissing => seen.is("code", &[]),
            L::CodeTwiceRightFirst => seen.redeemable().await == [true, false],
            L::CodeTwiceWrongFirst => seen.redeemable().await == [false, true],
            L::CodeGarbage => seen.all("code").concat().contains("\r\n"),
            L::CodeOfAnotherUser => claims(&Tokens::of(&seen.redeem().await).id)["sub"] != "sub-alice",
            L::CodeOfAnotherClient | L::CodeOfAnotherIssuer => seen.redeem().await.error() == "invalid_grant",
            _ => false,
        }
}

async fn is_beside_code(lie: L, seen: &Seen) -> bool {
    let is_beside = match lie {
        L::AccessTokenBesideCode => seen.all("access_token").len() == 1,
        L::IdTokenBesideCode => claims(&seen.all("id_token").concat())["nonce"] == "the-nonce",
        _ => seen.is("error", &["access_denied"]),
    };
    seen.is_otherwise_honest("error") && is_beside && seen.redeem().await.status == StatusCode::OK
}

/// Asks for one mode and looks into another.
async fn is_in_another_mode(lie: L) -> bool {
    match lie {
        L::InQuery => {
            let seen = see(lie, &[("response_mode", "form_post")]).await;
            seen.is_otherwise_honest("") && seen.answer.location().fragment().is_none()
        }
        L::InFragment => {
            let address = see(lie, &[]).await.answer.location();
            address.query().is_none() && address.fragment().unwrap_or_default().contains("code=")
        }
        _ => {
            let seen = see(lie, &[]).await;
            let form = &seen.answer;
            form.status == StatusCode::OK && form.text.contains(BFF) && form.hidden("state") == "the-state"
        }
    }
}

#[tokio::test]
async fn every_lie_is_told() {
    for lie in L::ALL {
        assert!(is_told(*lie).await, "{lie:?}");
    }
}

#[tokio::test]
async fn the_answer_after_a_lie_is_honest() {
    for lie in L::ALL {
        let mut seen = see(*lie, &[]).await;
        seen.answer = seen.agent.authorize("bff", &[]).await;
        assert!(seen.is_otherwise_honest(""), "{lie:?}: {}", seen.answer.location());
    }
}

#[tokio::test]
async fn a_code_of_another_client_was_really_issued() {
    let seen = see(L::CodeOfAnotherClient, &[]).await;
    let label = seen.agent.handed.credentials.label(&seen.all("code").concat());
    assert_eq!(label.as_deref(), Some("code#2"), "after the right one, which nobody has got");
}

#[tokio::test]
async fn a_code_of_another_user_is_never_of_the_one_who_signs_in() {
    let lying = || lying(Lie::AuthorizationResponse(L::CodeOfAnotherUser), Some("bff"));
    for (username, another) in [("alice", "sub-bob"), ("bob", "sub-alice")] {
        let seen = sign_in(lying(), &[], username).await;
        assert_eq!(claims(&Tokens::of(&seen.redeem().await).id)["sub"], another, "{username} signs in");
    }
    let agent = lying();
    agent.control.disable("alice").await.unwrap();
    let alone = sign_in(agent, &[], "bob").await;
    assert_eq!(alone.redeem().await.error(), "invalid_grant", "nobody else can sign in");
}
