//! What operators are told, and what they are not.

use http::{StatusCode, header};

use super::agent::{Agent, ask, config, handed, json_of, own, request, text};
use super::provider::Provider;
use crate::settings::Settings;

#[tokio::test]
async fn it_lives_whatever_else_does() {
    let answer = ask(Settings::default(), request("GET", "/health/live")).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_provider_that_is_gone_is_told_and_does_not_fail_readiness() {
    let without = Agent::new(Settings::default()).ask(request("GET", "/health/ready")).await;
    assert_eq!(without.status(), StatusCode::OK);
    assert_eq!(json_of(without).await["provider"], "does not answer");
    let provider = Provider::start();
    let agent = Agent::with(config(), Settings::default(), provider.handed.clone());
    let with = agent.ask(request("GET", "/health/ready")).await;
    assert_eq!(json_of(with).await["provider"], "answers");
}

#[tokio::test]
async fn however_often_somebody_asks_the_provider_is_asked_rarely() {
    let provider = Provider::start();
    let agent = Agent::with(config(), Settings::default(), provider.handed.clone());
    for _ in 0..20 {
        assert_eq!(agent.ask(request("GET", "/health/ready")).await.status(), StatusCode::OK);
    }
    assert_eq!(provider.asked("/.well-known/openid-configuration").len(), 1);
    provider.handed.clock.advance(std::time::Duration::from_secs(10));
    agent.ask(request("GET", "/health/ready")).await;
    assert_eq!(provider.asked("/.well-known/openid-configuration").len(), 2);
}

#[tokio::test]
async fn an_instance_that_drains_is_not_ready_and_works_on() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    agent.bff.watch.drain.begin();
    let ready = agent.ask(request("GET", "/health/ready")).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json_of(ready).await["reasons"][0], "this instance is about to stop");
    assert!(agent.lives(&cookie).await, "whoever is here is served");
    assert_eq!(agent.ask(request("GET", "/health/live")).await.status(), StatusCode::OK);
    agent.bff.watch.drain.idle().await;
}

#[tokio::test]
async fn figures_name_routes_and_reasons_and_nothing_that_was_sent() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", Some("sid-of-alice")).await;
    agent.ask(own("GET", "/api/accounts").header(header::COOKIE, &cookie)).await;
    agent.ask(own("GET", "/api/orders/list-of-alice?secret=1")).await;
    agent.ask(request("GET", "/path-of-alice")).await;
    agent.ask(request("BREW", "/bff/user")).await;
    let figures = text(agent.ask(request("GET", "/metrics")).await).await;
    for line in [
        "bff_requests_total{route=\"/api/accounts\",status=\"200\"} 1",
        "bff_requests_total{route=\"/api/{*path}\",status=\"401\"} 1",
        "bff_requests_total{route=\"unmatched\",status=\"404\"} 1",
        "bff_requests_under_way 1",
    ] {
        assert!(figures.lines().any(|known| known == line), "{line}\n{figures}");
    }
    let (_, id) = cookie.split_once('=').unwrap();
    for hidden in ["alice", "BREW", "secret", id] {
        assert!(!figures.contains(hidden), "{hidden}\n{figures}");
    }
}

#[tokio::test]
async fn refusals_are_counted_by_reason() {
    let agent = Agent::new(Settings::default());
    agent.ask(request("GET", "/bff/user")).await;
    agent.ask(request("POST", "/bff/logout").header("x-csrf", "1").header("origin", "https://evil.test")).await;
    agent.ask(request("GET", "/").header("service-worker", "script")).await;
    agent.ask(request("GET", "/api/feed").header("origin", "https://evil.test")).await;
    let figures = text(agent.ask(request("GET", "/metrics")).await).await;
    for reason in ["header", "origin", "service_worker", "stream"] {
        assert!(figures.contains(&format!("bff_refused_total{{reason=\"{reason}\"}} 1\n")), "{reason}\n{figures}");
    }
}

/// Asks with a name of one's own, and returns what the answer calls the request.
async fn id(agent: &Agent, path: &str) -> Option<String> {
    let answer = agent.ask(request("GET", path).header("x-request-id", "chosen-by-the-caller")).await;
    answer.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_answer_that_refuses_says_how_the_request_is_called() {
    let agent = Agent::new(Settings::default());
    let (first, second) = (id(&agent, "/nothing").await.unwrap(), id(&agent, "/nothing").await.unwrap());
    assert!(first != second && !first.contains("chosen"), "{first} {second}");
    assert_eq!(id(&agent, "/").await, None, "an answer that is as it should be has no need of it");
}

#[tokio::test]
async fn a_header_of_any_shape_gets_a_status_and_no_panic() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    let many = vec!["x=y"; 5_000].join("; ");
    let twice = format!("{cookie}; {cookie}");
    let odd = [cookie.as_bytes(), b"; \xff\xfe=\xfd; ;; =; x"].concat();
    for (value, expected) in [
        ("y".repeat(40_000).into_bytes(), 431),
        (vec!["z".repeat(4_000); 60].join("; ").into_bytes(), 431),
        (many.into_bytes(), 401),
        (twice.into_bytes(), 400),
        (odd, 200),
    ] {
        let answer = agent.ask(own("GET", "/bff/user").header(header::COOKIE, &value[..])).await;
        assert_eq!(answer.status(), expected, "{}", value.len());
    }
    let mut names = own("GET", "/bff/user");
    for n in 0..3_000 {
        names = names.header(format!("x-name-{n}"), "value");
    }
    assert_eq!(agent.ask(names).await.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn an_address_of_any_shape_gets_a_status_and_no_panic() {
    let agent = Agent::with(config(), Settings::default(), handed());
    for path in ["/%2e%2e/", "//evil.test", "/assets/../bff/user", "/bff/user/", "/%00", "/assets/app.js%2f"] {
        assert_eq!(agent.ask(request("GET", path)).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(agent.ask(request("GET", "https://evil.test/nothing")).await.status(), StatusCode::NOT_FOUND);
    let long = format!("/{}", "x".repeat(60_000));
    let answer = text(agent.ask(request("GET", &long)).await).await;
    assert!(answer.len() < 500, "the answer is not as long as the question");
}
