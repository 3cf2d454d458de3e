//! The people who can sign in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::input::{Body, Nothing};
use super::refusal::{Refusal, agree};
use super::route::{Call, Route, get, post, put};
use crate::{Control, Notified, User};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/users", "listUsers", "Lists the users, without their passwords").simply(Control::users),
        put("/users/{sub}", "putUser", "Registers a user, or replaces the one with this sub").awaits(put_user),
        post("/users/{username}/disable", "disableUser", "Disables a user and ends every session and token")
            .awaits(disable),
        put("/users/{username}/roles", "changeRoles", "Changes what a user may do").answers(change_roles),
        put("/users/{username}/password", "changePassword", "Changes a password and ends what the old one began")
            .awaits(change_password),
        post("/users/{username}/end-sessions", "endSessionsOfUser", "Ends every session of a user")
            .awaits(end_sessions),
    ]
}

/// What a user may do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    /// Every role that the user has from now on.
    roles: Vec<String>,
}

/// A new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    /// What is typed from now on.
    #[serde(skip_serializing)]
    #[schemars(with = "String")]
    password: hosting::Secret,
}

async fn put_user(Call { control, named, input: Body(user) }: Call<Body<User>>) -> Result<Vec<Notified>, Refusal> {
    agree("sub", &named, &user.sub)?;
    check(&user)?;
    let users = control.users();
    if let Some(other) = users.iter().find(|other| other.username == user.username && other.sub != user.sub) {
        let error = format!("the username {:?} belongs to the sub {:?}", user.username, other.sub);
        return Err(Refusal::unprocessable(error, "choose another username"));
    }
    Ok(control.put_user(user).await)
}

async fn disable(Call { control, named, .. }: Call<Nothing>) -> Result<Vec<Notified>, Refusal> {
    control.disable(&named).await.ok_or_else(|| unknown(&control, &named))
}

fn change_roles(Call { control, named, input: Body(Roles { roles }) }: Call<Body<Roles>>) -> Result<User, Refusal> {
    control.change_roles(&named, roles);
    known(&control, &named)
}

async fn change_password(
    Call { control, named, input: Body(Password { password }) }: Call<Body<Password>>,
) -> Result<Vec<Notified>, Refusal> {
    check(&User { password: password.clone(), ..known(&control, &named)? })?;
    control.change_password(&named, password).await.ok_or_else(|| unknown(&control, &named))
}

async fn end_sessions(Call { control, named, .. }: Call<Nothing>) -> Result<Vec<Notified>, Refusal> {
    known(&control, &named)?;
    Ok(control.end_session_of(&named).await)
}

fn check(user: &User) -> Result<(), Refusal> {
    user.check().map_err(|bad| Refusal::unprocessable(bad.to_string(), "an empty one can never be typed"))
}

fn known(control: &Control, username: &str) -> Result<User, Refusal> {
    let found = control.users().into_iter().find(|user| user.username == username);
    found.ok_or_else(|| unknown(control, username))
}

fn unknown(control: &Control, username: &str) -> Refusal {
    let users = control.users();
    Refusal::unknown("user", username, users.iter().map(|user| user.username.as_str()), "GET /users")
}
