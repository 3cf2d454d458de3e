//! Rules of the code base, and of the catalogue: what is not listed, not documented or not provable is named here.

use std::path::{Path, PathBuf};

use scenarios::catalog::{self, Group};
use scenarios::deployment::{self, Deployment};
use scenarios::scenario::{DOCUMENTS, Expectation, Scenario};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() && !["target", "node_modules", ".git"].iter().any(|skipped| path.ends_with(skipped)) {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut found = Vec::new();
    sources(&workspace(), &mut found);
    assert!(found.len() > 50, "only {} files found", found.len());
    for path in found {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        assert!(code <= 400, "{} has {code} lines before its tests", path.display());
    }
}

#[test]
fn every_scenario_file_is_listed_under_its_own_name() {
    let mut found = Vec::new();
    sources(&workspace().join("scenarios/src/catalog"), &mut found);
    let files: Vec<(String, String)> = found
        .iter()
        .map(|path| {
            (
                path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-"),
                std::fs::read_to_string(path).expect("the file can be read"),
            )
        })
        .filter(|(_, text)| text.contains("const SCENARIO"))
        .collect();
    assert_eq!(files.len(), catalog::scenarios().count());
    for (name, text) in files {
        assert!(text.contains(&format!("id: \"{name}\"")), "{name} does not carry its file's name");
        assert!(catalog::scenarios().any(|scenario| scenario.id == name), "{name} is not listed");
    }
}

#[test]
fn every_source_is_a_known_document() {
    for scenario in catalog::scenarios() {
        assert!(!scenario.sources.is_empty(), "{} cites nothing", scenario.id);
        for source in scenario.sources {
            assert!(
                DOCUMENTS.iter().any(|(name, _)| *name == source.document),
                "{}: {:?}",
                scenario.id,
                source.document
            );
            assert!(!source.section.is_empty(), "{} cites no section of {}", scenario.id, source.document);
        }
    }
}

#[test]
fn every_group_is_played_on_something() {
    for group in catalog::ALL {
        assert!(!bases(group).is_empty(), "{} is played on no deployment", group.name);
    }
}

#[test]
fn every_bound_is_on_a_measure_that_the_scenario_defines() {
    for (scenario, bases) in played() {
        let weak = bases.iter().flat_map(|base| scenario.controls.iter().map(move |one| weakened(base, one.changes)));
        for deployment in weak.chain(bases.iter().cloned()) {
            for (name, _) in (scenario.expect)(&deployment).bounds() {
                assert!(scenario.measures.iter().any(|measure| measure.name == *name), "{}: {name}", scenario.id);
            }
        }
    }
}

#[test]
fn every_control_exists_flips_somewhere_and_is_smallest() {
    for (scenario, bases) in played() {
        for control in scenario.controls {
            let flips: Vec<&Deployment> = bases
                .iter()
                .filter(|base| scenario.weakened(base, control).is_some())
                .filter(|base| matches!((scenario.expect)(base), Expectation::Holds(_)))
                .collect();
            assert!(!flips.is_empty(), "{}: {:?} flips nothing", scenario.id, control.changes);
            for base in flips {
                for left_out in 0..control.changes.len() {
                    let mut fewer = control.changes.to_vec();
                    fewer.remove(left_out);
                    assert!(
                        !is_violated(scenario.expect, &weakened(base, &fewer)),
                        "{}: {:?} is not smallest on {}",
                        scenario.id,
                        control.changes,
                        base.id
                    );
                }
            }
        }
    }
}

#[test]
fn whatever_holds_can_be_proven() {
    for (scenario, bases) in played() {
        for base in bases.iter().filter(|base| matches!((scenario.expect)(base), Expectation::Holds(_))) {
            let provable =
                scenario.controls.iter().any(|control| is_violated(scenario.expect, &weakened(base, control.changes)));
            assert!(provable, "{} holds on {} but no control can prove it", scenario.id, base.id);
        }
    }
}

#[test]
fn servers_are_strangers_to_each_other() {
    for name in ["mock-idp", "bff-app", "spa-app", "public-api", "reports", "hosting"] {
        let manifest =
            std::fs::read_to_string(workspace().join(name).join("Cargo.toml")).expect("the manifest can be read");
        for other in ["mock-idp", "bff-app", "spa-app", "public-api", "reports", "scenarios"] {
            let depends = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} ")));
            assert!(!depends, "{name} depends on {other}");
        }
    }
}

/// Returns every scenario with the deployments on which it is played.
fn played() -> impl Iterator<Item = (&'static Scenario, Vec<Deployment>)> {
    catalog::ALL.iter().flat_map(|group| group.scenarios.iter().map(move |scenario| (*scenario, bases(group))))
}

fn bases(group: &Group) -> Vec<Deployment> {
    let all = deployment::ALL.iter().map(|named| named.deployment().expect("a named deployment's changes exist"));
    all.filter(|base| group.plays_on(base)).collect()
}

fn weakened(base: &Deployment, changes: &[(&str, &str)]) -> Deployment {
    base.with(changes.iter().copied()).expect("a control's changes exist")
}

fn is_violated(expect: fn(&Deployment) -> Expectation, deployment: &Deployment) -> bool {
    matches!(expect(deployment), Expectation::Violated(_))
}
