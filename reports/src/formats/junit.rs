//! JUnit XML, for the test views of CI systems: one suite per deployment, one case per finding.
//!
//! An attack that succeeds where that was predicted is a correct result and passes.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Format, words};
use crate::model::{Deployment, Finding, Outcome, Run, Verdict};

/// JUnit XML.
pub const FORMAT: Format =
    Format { name: "junit", file: "junit.xml", about: "JUnit XML for the test view of a CI system", render };

/// Renders the run as JUnit XML.
///
/// # Panics
///
/// Never: the writer writes to memory, and the characters that XML forbids are taken out.
pub fn render(run: &Run) -> String {
    let mut report = Report::new("versus");
    for deployment in &run.deployments {
        report.add_test_suite(suite(run, deployment));
    }
    report.to_string().expect("writing to memory cannot fail")
}

fn suite(run: &Run, deployment: &Deployment) -> TestSuite {
    let mut suite = TestSuite::new(clean(&deployment.id));
    suite.add_property(property("architecture", &deployment.architecture));
    suite.add_property(property("class", &deployment.class));
    for change in &deployment.changes {
        suite.add_property(property("change", change));
    }
    let mut total = Duration::ZERO;
    for finding in run.findings.iter().filter(|finding| finding.deployment == deployment.id) {
        total += Duration::from_millis(finding.milliseconds);
        suite.add_test_case(case(run, finding));
    }
    suite.set_time(total);
    suite
}

fn case(run: &Run, finding: &Finding) -> TestCase {
    let scenario = run.scenario(&finding.scenario);
    let title = scenario.map_or("", |scenario| scenario.title.as_str());
    let name = format!("{} {title} ({})", finding.scenario, finding.layer.name());
    let mut case = TestCase::new(clean(&name), status(finding));
    case.set_classname(clean(scenario.map_or("unknown", |scenario| scenario.group.as_str())));
    case.set_time(Duration::from_millis(finding.milliseconds));
    case.add_property(property("outcome", finding.outcome.name()));
    case.add_property(property("verdict", finding.verdict.map_or("none", Verdict::name)));
    case.add_property(property("predicted", &finding.predicted));
    case.add_property(property("proof", finding.proof.status.name()));
    for measure in &finding.measures {
        case.add_property(property(&measure.name, &words::value_of(measure)));
    }
    for source in scenario.iter().flat_map(|scenario| &scenario.sources) {
        case.add_property(property("source", &format!("{} {}", source.document, source.section)));
    }
    case
}

fn status(finding: &Finding) -> TestCaseStatus {
    let mut status = match finding.outcome {
        Outcome::AsPredicted => return TestCaseStatus::success(),
        Outcome::NotApplicable => TestCaseStatus::skipped(),
        Outcome::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Surprise | Outcome::Unproven => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    let sentence = match (finding.outcome, &finding.reason) {
        (Outcome::NotApplicable, Some(reason)) => reason.clone(),
        _ => words::sentence(finding),
    };
    status.set_message(clean(&sentence));
    if finding.outcome != Outcome::NotApplicable {
        status.set_type(finding.outcome.name());
        status.set_description(clean(&format!("{sentence}\nrepeat: {}", finding.repeat_command)));
    }
    status
}

fn property(name: &str, value: &str) -> Property {
    Property::new(clean(name), clean(value))
}

/// Takes out what XML 1.0 forbids and the writer lets through.
fn clean(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}', '\u{7f}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    fn parsed() -> Report {
        Report::deserialize_from_str(&render(&sample_run())).unwrap()
    }

    fn status_of<'a>(report: &'a Report, suite: &str, start: &str) -> &'a TestCaseStatus {
        let suite = report.test_suites.iter().find(|known| known.name.as_str() == suite).unwrap();
        &suite.test_cases.iter().find(|case| case.name.as_str().starts_with(start)).unwrap().status
    }

    #[test]
    fn has_a_suite_per_deployment_and_a_case_per_finding() {
        let (report, run) = (parsed(), sample_run());
        assert_eq!(report.test_suites.len(), run.deployments.len());
        let cases: usize = report.test_suites.iter().map(|suite| suite.test_cases.len()).sum();
        assert_eq!(cases, run.findings.len());
    }

    #[test]
    fn outcomes_stay_apart() {
        let report = parsed();
        let kind = |suite, start| match status_of(&report, suite, start) {
            TestCaseStatus::Success { .. } => "success",
            TestCaseStatus::Skipped { .. } => "skipped",
            TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failure",
            TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
        };
        assert_eq!(kind("bff", "out-stolen-cookie"), "success");
        assert_eq!(kind("bff-sealed", "out-stolen-cookie"), "success");
        assert_eq!(kind("spa", "out-stolen-cookie"), "skipped");
        assert_eq!(kind("bff", "csrf-hostile"), "failure");
        assert_eq!(kind("tmb", "csrf-hostile"), "failure");
        assert_eq!(kind("spa", "csrf-hostile"), "error");
    }

    #[test]
    fn payloads_stay_text() {
        let text = render(&sample_run());
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains('\u{0}') && !text.contains('\u{1b}'));
    }
}
