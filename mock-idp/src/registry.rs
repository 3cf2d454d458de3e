//! The clients, users and APIs that the provider knows at this moment; an administrator can change them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::clients::{BadClient, Client};
use crate::config::Resource;
use crate::users::User;

/// What every sign-in of a client repeats, kept once.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    pub(crate) client_id: Arc<str>,
    /// The APIs whose tokens the client may get.
    pub(crate) resources: Arc<[String]>,
}

/// Who and what is registered.
#[derive(Default)]
pub(crate) struct Registry {
    clients: RwLock<HashMap<String, (Arc<Client>, Repeated)>>,
    users: RwLock<Vec<Arc<User>>>,
    resources: RwLock<HashMap<String, Arc<Resource>>>,
}

impl Repeated {
    fn of(client: &Client) -> Self {
        Self { client_id: client.id.as_str().into(), resources: client.resources.as_slice().into() }
    }
}

impl Registry {
    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.get(id).map(|(client, _)| Arc::clone(client))
    }

    /// Returns what every sign-in of a client repeats.
    pub(crate) fn repeated(&self, client: &Client) -> Repeated {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.get(&client.id).map_or_else(|| Repeated::of(client), |(_, repeated)| repeated.clone())
    }

    /// Returns every client, sorted by identifier.
    pub(crate) fn clients(&self) -> Vec<Arc<Client>> {
        let mut all: Vec<_> = self
            .clients
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|(client, _)| Arc::clone(client))
            .collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Registers a client, or changes one.
    ///
    /// # Errors
    ///
    /// [`BadClient`] when the registration is not whole; nothing changes then.
    pub(crate) fn put_client(&self, client: Client) -> Result<(), BadClient> {
        client.check()?;
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        let repeated = Repeated::of(&client);
        clients.insert(client.id.clone(), (Arc::new(client), repeated));
        Ok(())
    }

    pub(crate) fn remove_client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.write().unwrap_or_else(PoisonError::into_inner).remove(id).map(|(client, _)| client)
    }

    pub(crate) fn user(&self, sub: &str) -> Option<Arc<User>> {
        self.find(|user| user.sub == sub)
    }

    pub(crate) fn user_called(&self, username: &str) -> Option<Arc<User>> {
        self.find(|user| user.username == username)
    }

    fn find(&self, is: impl Fn(&User) -> bool) -> Option<Arc<User>> {
        self.users.read().unwrap_or_else(PoisonError::into_inner).iter().find(|user| is(user)).cloned()
    }

    /// Returns the user whom name and password name, unless disabled.
    pub(crate) fn user_with_password(&self, username: &str, password: &str) -> Option<Arc<User>> {
        self.user_called(username).filter(|user| user.has_password(password) && !user.disabled)
    }

    /// Returns every user in the order of registration.
    pub(crate) fn users(&self) -> Vec<Arc<User>> {
        self.users.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Registers a user, or changes the one with this `sub`.
    pub(crate) fn put_user(&self, user: User) {
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        let place = users.iter().position(|known| known.sub == user.sub);
        match place {
            Some(place) => users[place] = Arc::new(user),
            None => users.push(Arc::new(user)),
        }
    }

    pub(crate) fn resource(&self, identifier: &str) -> Option<Arc<Resource>> {
        self.resources.read().unwrap_or_else(PoisonError::into_inner).get(identifier).cloned()
    }

    pub(crate) fn put_resource(&self, resource: Resource) {
        let mut resources = self.resources.write().unwrap_or_else(PoisonError::into_inner);
        resources.insert(resource.identifier.clone(), Arc::new(resource));
    }
}

#[cfg(test)]
mod tests {
    use hosting::Secret;

    use super::*;

    #[test]
    fn a_client_that_is_not_whole_changes_nothing() {
        let registry = Registry::default();
        registry.put_client(Client::public("app")).unwrap();
        assert!(registry.put_client(Client::new("app")).is_err());
        assert!(registry.client("app").unwrap().is_public());
    }

    #[test]
    fn a_disabled_user_cannot_sign_in() {
        let registry = Registry::default();
        registry.put_user(User::new("alice", Secret::new("pw")));
        assert!(registry.user_with_password("alice", "pw").is_some());
        registry.put_user(User { disabled: true, ..User::new("alice", Secret::new("pw")) });
        assert!(registry.user_with_password("alice", "pw").is_none());
        assert_eq!(registry.users().len(), 1);
    }
}
