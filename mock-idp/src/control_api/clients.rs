//! The registered clients.

use super::input::{Body, Nothing};
use super::refusal::{Refusal, agree};
use super::route::{Call, Route, delete, get, put};
use crate::{Client, Control};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/clients", "listClients", "Lists the clients, without their secrets").simply(Control::clients),
        put("/clients/{client_id}", "putClient", "Registers a client, or replaces one").answers(put_client),
        delete(
            "/clients/{client_id}",
            "removeClient",
            "Removes a client and whatever was granted to it; lists the rest",
        )
        .answers(remove),
    ]
}

fn put_client(Call { control, named, input: Body(client) }: Call<Body<Client>>) -> Result<Client, Refusal> {
    agree("client_id", &named, &client.id)?;
    let whole = "send the whole client: what is left out is taken away";
    control.put_client(client.clone()).map_err(|bad| Refusal::unprocessable(bad.to_string(), bad.hint(whole)))?;
    Ok(client)
}

fn remove(Call { control, named, .. }: Call<Nothing>) -> Result<Vec<Client>, Refusal> {
    if control.remove_client(&named) { Ok(control.clients()) } else { Err(unknown(&control, &named)) }
}

/// Says that there is no such client.
pub(super) fn unknown(control: &Control, client_id: &str) -> Refusal {
    let clients = control.clients();
    Refusal::unknown("client", client_id, clients.iter().map(|client| client.id.as_str()), "GET /clients")
}
