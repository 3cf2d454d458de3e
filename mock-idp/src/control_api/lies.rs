//! The lies that the provider can be asked for.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clients;
use super::input::{Body, Query};
use super::refusal::Refusal;
use super::route::{Call, Route, delete, get, post};
use crate::{ArmedLie, Control, Lie};

/// No more lies than this wait for their occasion.
pub(super) const MOST_ARMED: usize = 1_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/lies", "listLies", "Lists every lie that can be told").simply(|_: &Control| catalogue()),
        get("/lies/armed", "listArmedLies", "Lists the lies that wait for their occasion").simply(Control::armed),
        post("/lies/armed", "armLie", "Arms a lie; lists what is armed then").answers(arm),
        delete("/lies/armed", "disarmLies", "Disarms every lie, or those that are named; lists what is armed then")
            .answers(|call| Ok(disarm(call))),
    ]
}

/// A lie that can be told.
#[derive(Serialize, JsonSchema)]
struct CataloguedLie {
    /// The name, with its group in front.
    name: &'static str,
    /// What the lie says, in a sentence.
    what: &'static str,
}

fn catalogue() -> Vec<CataloguedLie> {
    Lie::all().into_iter().map(|lie| CataloguedLie { name: lie.name(), what: lie.what() }).collect()
}

fn arm(Call { control, input: Body(lie), .. }: Call<Body<ArmedLie>>) -> Result<Vec<ArmedLie>, Refusal> {
    if let Some(id) = &lie.client_id
        && !control.clients().iter().any(|client| client.id == *id)
    {
        return Err(clients::unknown(&control, id).in_body());
    }
    if control.armed().len() >= MOST_ARMED {
        let error = format!("{MOST_ARMED} lies are armed already");
        return Err(Refusal::new(StatusCode::CONFLICT, error, "disarm some with DELETE /lies/armed"));
    }
    control.arm(lie);
    Ok(control.armed())
}

/// Which lies are disarmed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Disarmed {
    /// Those of this name; left out, every lie.
    #[serde(default)]
    lie: Option<Lie>,
    /// Those that are for this client alone; left out, whoever they are for.
    #[serde(default)]
    client_id: Option<String>,
}

fn disarm(Call { control, input: Query(which), .. }: Call<Query<Disarmed>>) -> Vec<ArmedLie> {
    control.disarm(which.lie, which.client_id.as_deref());
    control.armed()
}
