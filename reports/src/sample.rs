//! A small run with every outcome in it, and with payloads that try to escape from a report.

use serde_json::json;

use crate::model::{
    Answer, Better, ControlPlay, Deployment, Env, Exchange, Exit, Facts, Finding, FindingRef, Kind, Layer, Measure,
    MeasureDef, Outcome, Proof, ProofStatus, Question, Run, Scenario, Source, Status, Verdict,
};

/// What every report has to show as text and never as markup.
const PAYLOAD: &str = "</script></style><img src=x onerror=alert(1)>\"'`|@all ${{x}} \u{0}\u{1b}[31m\u{202e}<!-- ]]>";

/// Returns a run with every outcome in it, for tests of reports and for a look at them.
pub fn sample_run() -> Run {
    let mut run = Run::new(facts(), env());
    run.deployments = deployments();
    run.scenarios = scenarios();
    run.findings = findings();
    run.questions = questions();
    run
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn facts() -> Facts {
    Facts {
        id: "2026-01-15T10-00-00Z".to_owned(),
        started: "2026-01-15T10:00:00Z".to_owned(),
        finished: "2026-01-15T10:01:42Z".to_owned(),
        status: Status::Complete,
        layer: "both".to_owned(),
        selection: strings(&["out-*", "csrf-hostile"]),
        args: strings(&["run", "out-*", "csrf-hostile"]),
        exit: Exit {
            code: 1,
            name: "surprise".to_owned(),
            reasons: strings(&["1 surprise", "1 unproven", "1 inconclusive"]),
        },
    }
}

fn env() -> Env {
    Env {
        tool: "0.1.0".to_owned(),
        os: "linux x86_64".to_owned(),
        browser: Some("Chromium 149.0".to_owned()),
        flags: strings(&["--headless=new"]),
    }
}

fn deployments() -> Vec<Deployment> {
    let deployment = |id: &str, architecture: &str, class: &str, changes: &[&str], store: &str| Deployment {
        id: id.to_owned(),
        architecture: architecture.to_owned(),
        class: class.to_owned(),
        changes: strings(changes),
        settings: json!({ "bff": { "session": { "store": store, "idle_s": 1800 } } }),
    };
    vec![
        deployment("bff", "bff", "reference", &[], "memory"),
        deployment("bff-sealed", "bff", "common", &["bff.session.store=sealed-cookie"], "sealed-cookie"),
        deployment("spa", "spa", "reference", &[], "memory"),
        deployment("tmb", "tmb", "reference", &["bff.handed_out=access-token"], "memory"),
    ]
}

fn scenarios() -> Vec<Scenario> {
    let url = "https://www.rfc-editor.org/rfc/rfc9700";
    let source =
        |section: &str| Source { document: "RFC 9700".to_owned(), section: section.to_owned(), url: url.to_owned() };
    vec![
        Scenario {
            id: "out-stolen-cookie".to_owned(),
            title: "Cookie stolen before logout".to_owned(),
            group: "logout".to_owned(),
            property: "a session cookie copied before logout is refused at once after it".to_owned(),
            attacker: "somebody who copied the session cookie".to_owned(),
            steps: strings(&["sign in", "copy the cookie", "see that the copy works", "sign out", "use the copy"]),
            sources: vec![source("§4.14")],
            measures: vec![MeasureDef {
                name: "accepted after logout".to_owned(),
                unit: "s".to_owned(),
                better: Better::Lower,
            }],
        },
        Scenario {
            id: "csrf-hostile".to_owned(),
            title: format!("Another site posts {PAYLOAD}"),
            group: "csrf".to_owned(),
            property: format!("no transfer is made {PAYLOAD}"),
            attacker: "a page of another site".to_owned(),
            steps: strings(&["sign in", PAYLOAD]),
            sources: vec![Source {
                document: PAYLOAD.to_owned(),
                section: "§1".to_owned(),
                url: format!("javascript:alert(1)//{PAYLOAD}"),
            }],
            measures: vec![MeasureDef {
                name: "transfers made".to_owned(),
                unit: "count".to_owned(),
                better: Better::Lower,
            }],
        },
    ]
}

fn finding(scenario: &str, deployment: &str, layer: Layer, outcome: Outcome, verdict: Option<Verdict>) -> Finding {
    Finding {
        scenario: scenario.to_owned(),
        deployment: deployment.to_owned(),
        layer,
        outcome,
        verdict,
        predicted: "holds".to_owned(),
        reason: None,
        measures: Vec::new(),
        proof: Proof { status: ProofStatus::NotRequired, by: Vec::new() },
        repeat_command: format!("versus run {scenario}@{deployment} --layer {}", layer.name()),
        milliseconds: 184,
        exchanges: Vec::new(),
    }
}

fn seconds(name: &str, value: f64, kind: Kind, bound: &str) -> Measure {
    Measure { name: name.to_owned(), value, unit: "s".to_owned(), kind, bound: Some(bound.to_owned()) }
}

fn findings() -> Vec<Finding> {
    use Layer::{Browser, Protocol};
    let life = |value, kind, bound| seconds("accepted after logout", value, kind, bound);
    let control = ControlPlay {
        changes: strings(&["bff.session.store=sealed-cookie"]),
        verdict: Some(Verdict::Violated),
        measures: vec![life(1800.0, Kind::Exact, "exactly 1800")],
    };
    let proven = Proof { status: ProofStatus::Proven, by: vec![control] };
    let holds = finding("out-stolen-cookie", "bff", Protocol, Outcome::AsPredicted, Some(Verdict::Holds));
    let violated = finding("out-stolen-cookie", "bff-sealed", Protocol, Outcome::AsPredicted, Some(Verdict::Violated));
    let skipped = finding("out-stolen-cookie", "spa", Protocol, Outcome::NotApplicable, None);
    let also = finding("out-stolen-cookie", "tmb", Browser, Outcome::AsPredicted, Some(Verdict::Holds));
    let surprise = finding("csrf-hostile", "bff", Browser, Outcome::Surprise, Some(Verdict::Violated));
    let protocol = finding("csrf-hostile", "bff", Protocol, Outcome::AsPredicted, Some(Verdict::Holds));
    let broken = finding("csrf-hostile", "spa", Browser, Outcome::Inconclusive, None);
    let unproven = finding("csrf-hostile", "tmb", Browser, Outcome::Unproven, Some(Verdict::Holds));
    vec![
        Finding {
            measures: vec![life(0.0, Kind::Exact, "exactly 0")],
            proof: proven.clone(),
            exchanges: logout_traffic(),
            ..holds
        },
        Finding {
            predicted: "violated; accepted after logout exactly 1800".to_owned(),
            measures: vec![life(1800.0, Kind::Censored, "exactly 1800")],
            exchanges: logout_traffic(),
            ..violated
        },
        Finding { reason: Some("the page holds tokens, not a session cookie".to_owned()), ..skipped },
        Finding { measures: vec![life(0.2, Kind::Estimate, "at most 1")], proof: proven.clone(), ..also },
        Finding {
            reason: Some(format!("another site moved money {PAYLOAD}")),
            exchanges: hostile_traffic(),
            ..surprise
        },
        Finding { proof: proven, ..protocol },
        Finding { reason: Some(format!("sign the victim in: no form {PAYLOAD}")), ..broken },
        Finding {
            reason: Some("no control of this scenario belongs to this deployment".to_owned()),
            proof: Proof { status: ProofStatus::Unproven, by: Vec::new() },
            ..unproven
        },
    ]
}

fn exchange(n: u64, from: &str, to: &str, method: &str, path: &str, status: u16) -> Exchange {
    Exchange {
        n,
        from: from.to_owned(),
        to: to.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        status: Some(status),
        ..Exchange::default()
    }
}

fn logout_traffic() -> Vec<Exchange> {
    let cookie = || vec![("cookie".to_owned(), "__Host-Http-session=‹session#1›".to_owned())];
    vec![
        exchange(1, "browser", "bff", "GET", "/bff/login?return_url=/", 303),
        exchange(2, "browser", "idp", "GET", "/authorize?response_type=code&state=‹state#1›", 303),
        exchange(3, "bff", "idp", "POST", "/token", 200),
        Exchange {
            request_headers: cookie(),
            credentials: strings(&["session#1"]),
            ..exchange(4, "attacker", "bff", "GET", "/api/accounts", 200)
        },
        Exchange { request_headers: cookie(), ..exchange(5, "browser", "bff", "POST", "/bff/logout", 200) },
        Exchange {
            request_headers: cookie(),
            credentials: strings(&["session#1"]),
            response_body: Some("{\"title\":\"not signed in\"}".to_owned()),
            note: Some("the copy is refused".to_owned()),
            ..exchange(6, "attacker", "bff", "GET", "/api/accounts", 401)
        },
    ]
}

fn hostile_traffic() -> Vec<Exchange> {
    (1..=70)
        .map(|n| Exchange {
            request_headers: vec![(PAYLOAD.to_owned(), PAYLOAD.to_owned())],
            request_body: Some(PAYLOAD.to_owned()),
            response_body: Some(PAYLOAD.to_owned()),
            credentials: strings(&[PAYLOAD]),
            note: Some(PAYLOAD.to_owned()),
            ..exchange(n, PAYLOAD, "api", "POST", PAYLOAD, 200)
        })
        .collect()
}

fn questions() -> Vec<Question> {
    let answer = |deployment: &str, words: &str, value: Option<f64>| Answer {
        deployment: deployment.to_owned(),
        answer: words.to_owned(),
        value,
        unit: value.map(|_| "s".to_owned()),
        evidence: vec![FindingRef {
            scenario: "out-stolen-cookie".to_owned(),
            deployment: deployment.to_owned(),
            layer: if deployment == "tmb" { Layer::Browser } else { Layer::Protocol },
        }],
    };
    vec![Question {
        id: "logout-life".to_owned(),
        question: "How long does a copied credential work after logout?".to_owned(),
        answers: vec![
            answer("bff", "refused at once", Some(0.0)),
            answer("bff-sealed", "until the idle timeout", Some(1800.0)),
            answer("spa", "there is no cookie to steal", None),
            answer("tmb", "refused at once", Some(0.2)),
        ],
    }]
}
