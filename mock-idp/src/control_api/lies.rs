//! The lies that the provider can be asked for.

use schemars::JsonSchema;
use serde::Serialize;

use super::clients;
use super::input::Body;
use super::refusal::Refusal;
use super::route::{Call, Route, delete, get, post};
use crate::{ArmedLie, Control, Lie};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/lies", "listLies", "Lists every lie that can be told").simply(|_: &Control| catalogue()),
        get("/lies/armed", "listArmedLies", "Lists the lies that wait for their occasion").simply(Control::armed),
        post("/lies/armed", "armLie", "Arms a lie; lists what is armed then").answers(arm),
        delete("/lies/armed", "disarmLies", "Disarms every lie; lists what is armed then").simply(disarm_all),
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
    control.arm(lie);
    Ok(control.armed())
}

fn disarm_all(control: &Control) -> Vec<ArmedLie> {
    control.disarm_all();
    control.armed()
}
