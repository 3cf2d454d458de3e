//! Which cells a selection means, and what is wrong with one that means none.

use anyhow::anyhow;

use crate::catalog;
use crate::deployment::{self, Deployment};
use crate::runner::{Cell, Layer};
use crate::settings::{nearest, parse_change};

use super::{Exit, Failure};

/// Returns the cells of a selection on the layers, every deployment changed as told.
pub(super) fn cells(select: &[String], layer: Option<Layer>, set: &[String]) -> Result<Vec<Cell>, Failure> {
    let deployments = deployments(&[], set)?;
    let patterns: Vec<(&str, &str)> = if select.is_empty() {
        vec![("*", "*")]
    } else {
        select.iter().map(|text| text.split_once('@').unwrap_or((text, "*"))).collect()
    };
    for (scenario, deployment) in &patterns {
        let ids: Vec<String> = catalog::scenarios().map(|scenario| scenario.id.to_owned()).collect();
        known("scenario", scenario, &ids)?;
        known("deployment", deployment, &deployment::ALL.iter().map(|named| named.id.to_owned()).collect::<Vec<_>>())?;
    }
    let layers = [Layer::Protocol, Layer::Browser];
    let mut cells = Vec::new();
    for (group, scenario) in catalog::ALL.iter().flat_map(|group| group.scenarios.iter().map(move |one| (group, *one)))
    {
        for deployment in deployments.iter().filter(|deployment| group.plays_on(deployment)) {
            let wanted = patterns.iter().any(|(id, at)| matches(id, scenario.id) && matches(at, &deployment.id));
            for layer in layers.iter().filter(|known| layer.is_none_or(|layer| layer == **known)) {
                if wanted && layer.attempt(scenario).is_some() {
                    cells.push(Cell { scenario, deployment: deployment.clone(), layer: *layer });
                }
            }
        }
    }
    if cells.is_empty() {
        let error = anyhow!("nothing is selected by {select:?} on this layer (see `versus list scenarios`)");
        return Err(Failure { exit: Exit::Empty, error });
    }
    Ok(cells)
}

/// Returns named deployments, by default all, each changed as told.
pub(super) fn deployments(names: &[String], set: &[String]) -> Result<Vec<Deployment>, Failure> {
    let known_names: Vec<String> = deployment::ALL.iter().map(|named| named.id.to_owned()).collect();
    for name in names {
        known("deployment", name, &known_names)?;
    }
    let changes: Vec<(String, String)> =
        set.iter().map(|text| parse_change(text)).collect::<Result<_, _>>().map_err(Failure::usage)?;
    deployment::ALL
        .iter()
        .filter(|named| names.is_empty() || names.iter().any(|name| matches(name, named.id)))
        .map(|named| {
            let deployment = named.deployment().map_err(Failure::usage)?;
            let changes = changes.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            deployment.with(changes).map_err(Failure::usage)
        })
        .collect()
}

/// Refuses a name that matches nothing, and suggests the nearest.
pub(super) fn known(what: &str, pattern: &str, names: &[String]) -> Result<(), Failure> {
    if names.iter().any(|name| matches(pattern, name)) {
        return Ok(());
    }
    let hint = nearest(pattern, names).map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
    Err(Failure::usage(anyhow!("no {what} is called {pattern:?}{hint} (see `versus list {what}s`)")))
}

/// Matches `*` and `?` as shells do.
fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            matches(rest, text) || text.chars().next().is_some_and(|first| matches(pattern, &text[first.len_utf8()..]))
        }
        (Some('?'), Some(first)) => matches(&pattern[1..], &text[first.len_utf8()..]),
        (Some(wanted), Some(first)) if wanted == first => {
            matches(&pattern[wanted.len_utf8()..], &text[first.len_utf8()..])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_shells_do() {
        assert!(matches("out-*", "out-click") && matches("*", "") && matches("s?a", "spa") && matches("spa", "spa"));
        assert!(!matches("out-*", "xss-riding") && !matches("s?a", "sa") && !matches("", "x"));
    }

    #[test]
    fn a_selection_without_a_match_says_so() {
        let refused = cells(&["out-clik".to_owned()], None, &[]).err().unwrap();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.error.to_string().contains("out-click"), "{}", refused.error);
        let empty = cells(&["csrf-sibling".to_owned()], Some(Layer::Protocol), &[]).err().unwrap();
        assert_eq!(empty.exit, Exit::Empty);
        let refused = cells(&["*@spaa".to_owned()], None, &[]).err().unwrap();
        assert!(refused.error.to_string().contains("\"spa\""), "{}", refused.error);
    }

    #[test]
    fn a_setting_changes_every_deployment() {
        let cells = cells(&[], None, &["idp.at_session=off".to_owned()]).unwrap();
        assert!(cells.iter().all(|cell| cell.deployment.settings.idp.at_session == mock_idp::Switch::Off));
        assert!(super::cells(&[], None, &["idp.at_sesion=off".to_owned()]).is_err());
        assert!(super::cells(&[], None, &["nonsense".to_owned()]).is_err());
    }
}
