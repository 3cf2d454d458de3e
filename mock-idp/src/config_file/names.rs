//! Names in a configuration file: each is given once, and what one entry calls by name another one declares.

use std::collections::HashSet;

use crate::clients::Client;
use crate::config::Resource;
use crate::strict::{self, Step, Wrong};
use crate::users::User;

/// Checks that no name is given twice, and that every resource of a client is declared.
///
/// # Errors
///
/// The first name that breaks the rule, and where it stands.
pub(super) fn check(clients: &[Client], users: &[User], resources: &[Resource]) -> Result<(), Wrong> {
    once("clients", "client_id", clients.iter().map(|client| client.id.as_str()))?;
    once("users", "sub", users.iter().map(|user| user.sub.as_str()))?;
    once("users", "username", users.iter().map(|user| user.username.as_str()))?;
    once("resources", "identifier", resources.iter().map(|resource| resource.identifier.as_str()))?;
    let declared: Vec<&str> = resources.iter().map(|resource| resource.identifier.as_str()).collect();
    for (n, client) in clients.iter().enumerate() {
        if let Some(place) = client.resources.iter().position(|name| !declared.contains(&name.as_str())) {
            return Err(undeclared(n, place, client, &declared));
        }
    }
    Ok(())
}

fn once<'a>(list: &str, key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Wrong> {
    let mut seen = HashSet::new();
    for (n, name) in names.enumerate() {
        if !seen.insert(name) {
            let at = vec![Step::Key(list.to_owned()), Step::Item(n), Step::Key(key.to_owned())];
            let reason = format!("the {key} {name:?} is there twice in {list}");
            return Err(Wrong { at, reason, hint: "rename one of them".to_owned() });
        }
    }
    Ok(())
}

fn undeclared(n: usize, place: usize, client: &Client, declared: &[&str]) -> Wrong {
    let name = &client.resources[place];
    let declare = || format!("declare it in [[resources]] with identifier = {name:?}");
    let hint = strict::meant(name, declared.iter().copied(), declare);
    let at = vec![Step::Key("clients".to_owned()), Step::Item(n), Step::Key("resources".to_owned()), Step::Item(place)];
    Wrong { at, reason: format!("client {:?}: the resource {name:?} is not declared", client.id), hint }
}
