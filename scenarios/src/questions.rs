//! What the report's headline answers, each a rule over findings, listed in the order of the report.

use reports::model::{Answer, FindingRef, Question};

use crate::runner::{Finding, Layer, Outcome};

/// A question that an architect asks, and the measure that answers it.
struct Rule {
    id: &'static str,
    question: &'static str,
    scenario: &'static str,
    measure: &'static str,
    /// Says the answer in words, from whether the property held and the measure.
    answer: fn(bool, f64) -> String,
}

const ALL: &[Rule] = &[
    Rule {
        id: "export-login",
        question: "Can injected script carry a usable login away?",
        scenario: "xss-single-theft",
        measure: "requests accepted from another machine",
        answer: |holds, _| if holds { "no".to_owned() } else { "yes".to_owned() },
    },
    Rule {
        id: "readable",
        question: "How many kinds of credential can injected script read?",
        scenario: "xss-inventory",
        measure: "kinds of credential that script can read",
        answer: |holds, _| if holds { "none".to_owned() } else { "enough to act as the user".to_owned() },
    },
    Rule {
        id: "act-inside",
        question: "Can injected script act while the page is open?",
        scenario: "xss-riding",
        measure: "calls accepted of 100",
        answer: |holds, _| if holds { "no".to_owned() } else { "yes".to_owned() },
    },
    Rule {
        id: "forged",
        question: "Can another page make the user act?",
        scenario: "csrf-matrix",
        measure: "writes carried out",
        answer: |holds, _| if holds { "no".to_owned() } else { "yes".to_owned() },
    },
    Rule {
        id: "stolen-token",
        question: "How long does a stolen access token survive sign-out?",
        scenario: "out-stolen-at",
        measure: "accepted after logout",
        answer: |holds, _| if holds { "refused at once".to_owned() } else { "still accepted".to_owned() },
    },
    Rule {
        id: "stolen-cookie",
        question: "How long does a stolen session cookie survive sign-out?",
        scenario: "out-stolen-cookie",
        measure: "accepted after logout",
        answer: |holds, _| if holds { "refused at once".to_owned() } else { "still accepted".to_owned() },
    },
    Rule {
        id: "single-sign-out",
        question: "How long does access go on once the provider has ended the session?",
        scenario: "out-bcl",
        measure: "access after the session's end",
        answer: |holds, _| if holds { "refused at once".to_owned() } else { "still accepted".to_owned() },
    },
];

/// Answers every question for which something was found.
pub(crate) fn answer(findings: &[Finding]) -> Vec<Question> {
    ALL.iter()
        .map(|rule| Question {
            id: rule.id.to_owned(),
            question: rule.question.to_owned(),
            answers: answers(rule, findings),
        })
        .filter(|question| !question.answers.is_empty())
        .collect()
}

fn answers(rule: &Rule, findings: &[Finding]) -> Vec<Answer> {
    let about = findings.iter().filter(|finding| finding.cell.scenario.id == rule.scenario);
    about.filter_map(|finding| one(rule, finding)).collect()
}

fn one(rule: &Rule, finding: &Finding) -> Option<Answer> {
    let evidence = vec![FindingRef {
        scenario: rule.scenario.to_owned(),
        deployment: finding.cell.deployment.described(),
        layer: layer(finding.cell.layer),
    }];
    let deployment = finding.cell.deployment.described();
    if finding.outcome == Outcome::NotApplicable {
        return Some(Answer { deployment, answer: "no such thing here".to_owned(), value: None, unit: None, evidence });
    }
    let verdict = finding.verdict.as_ref()?;
    let measure = verdict.measures.iter().find(|measure| measure.name == rule.measure)?;
    let unit = finding
        .cell
        .scenario
        .measures
        .iter()
        .find(|known| known.name == rule.measure)
        .map(|known| known.unit.to_owned());
    let answer = (rule.answer)(verdict.holds, measure.value);
    Some(Answer { deployment, answer, value: Some(measure.value), unit, evidence })
}

/// Translates a layer into the report's.
pub(crate) fn layer(layer: Layer) -> reports::model::Layer {
    match layer {
        Layer::Protocol => reports::model::Layer::Protocol,
        Layer::Browser => reports::model::Layer::Browser,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_question_asks_for_a_measure_that_exists() {
        for rule in ALL {
            let scenario = catalog::scenarios().find(|scenario| scenario.id == rule.scenario);
            let scenario =
                scenario.unwrap_or_else(|| panic!("{} asks {}, which does not exist", rule.id, rule.scenario));
            assert!(scenario.measures.iter().any(|measure| measure.name == rule.measure), "{}", rule.id);
        }
    }
}
