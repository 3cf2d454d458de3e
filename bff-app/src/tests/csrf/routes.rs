//! Every route of the application, held against the table that says why it may be reached.

use http::{StatusCode, header, request};

use super::super::agent::{Agent, own, request};
use crate::endpoints::{Protection, ROUTES};
use crate::settings::{HandedOut, Settings};

fn example_of(path: &str) -> String {
    path.replace("{id}", "x").replace("{*path}", "orders/list")
}

async fn status(agent: &Agent, request: request::Builder) -> u16 {
    agent.ask(request).await.status().as_u16()
}

#[tokio::test]
async fn every_route_is_in_the_table_and_every_entry_is_served() {
    let agent = Agent::new(Settings { handed_out: HandedOut::All, ..Settings::default() });
    // The router does not name its routes but in what it prints for debugging.
    let printed = format!("{:?}", agent.router);
    let mut served: Vec<&str> = printed.split('"').filter(|part| part.starts_with('/')).collect();
    served.retain(|path| !path.contains("__private"));
    served.sort_unstable();
    served.dedup();
    let mut listed: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    listed.sort_unstable();
    assert_eq!(served, listed, "a route without an entry in ROUTES is a route nobody has thought about");
}

#[tokio::test]
async fn every_route_is_protected_as_the_table_says() {
    let agent = Agent::new(Settings { handed_out: HandedOut::All, ..Settings::default() });
    for route in ROUTES {
        let path = example_of(route.path);
        let methods = if route.methods.is_empty() { &["GET"][..] } else { route.methods };
        for method in methods {
            let foreign = request(method, &path).header("origin", "https://evil.test");
            let bare = (status(&agent, request(method, &path)).await, status(&agent, foreign).await);
            let from_own_page = own(method, &path);
            match route.protection {
                Protection::Own | Protection::Proxied => {
                    assert_eq!((bare, status(&agent, from_own_page).await), ((403, 403), 401), "{method} {path}");
                }
                Protection::Stream => {
                    let from_own_page = from_own_page.header(header::ORIGIN, "https://bff.test");
                    assert_eq!((bare.1, status(&agent, from_own_page).await), (403, 401), "{method} {path}");
                }
                Protection::Page => {
                    assert!(![401, 403].contains(&bare.0), "{method} {path}");
                    let answer = agent.ask(request(method, &path)).await;
                    let mut set = answer.headers().get_all(header::SET_COOKIE).iter();
                    assert!(!set.any(|line| line.as_bytes().starts_with(b"__Host-Http-session")), "{path}");
                }
                Protection::Provider => assert_eq!(bare, (400, 400), "{method} {path}"),
                Protection::Operator => assert_eq!(bare, (200, 200), "{method} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn every_route_refuses_the_methods_that_it_does_not_take() {
    let agent = Agent::new(Settings { handed_out: HandedOut::All, ..Settings::default() });
    for route in ROUTES.iter().filter(|route| !route.methods.is_empty()) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let taken = route.methods.contains(&method);
            let status = agent.ask(own(method, &example_of(route.path))).await.status();
            assert_eq!(status == StatusCode::METHOD_NOT_ALLOWED, !taken, "{method} {}", route.path);
        }
    }
}
