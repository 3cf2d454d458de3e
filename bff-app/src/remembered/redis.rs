//! What is remembered in Redis, for several replicas.

use std::sync::Arc;

use ::redis::{Script, ScriptInvocation};

use super::Drawer;
use super::shelf::{Entry, Shelf};
use crate::storage::{Answer, Key, Redis};

/// How long after its end an entry may lie, in seconds: Redis asks another clock, so it only collects the garbage.
const GARBAGE_S: u64 = 60;

/// What Redis remembers.
pub(super) struct RedisShelf {
    redis: Arc<Redis>,
    put: Script,
    put_new: Script,
    get: Script,
    take: Script,
}

impl RedisShelf {
    pub(super) fn new(redis: Arc<Redis>) -> Self {
        Self {
            redis,
            put: Script::new(include_str!("redis/put.lua")),
            put_new: Script::new(include_str!("redis/put_new.lua")),
            get: Script::new(include_str!("redis/get.lua")),
            take: Script::new(include_str!("redis/take.lua")),
        }
    }

    fn name(&self, key: &Key) -> String {
        self.redis.name("remembered", key)
    }

    /// Returns a call that writes an entry.
    fn writing<'a>(&self, script: &'a Script, name: &str, entry: &Entry) -> ScriptInvocation<'a> {
        let mut call = script.key(name);
        let garbage_s = entry.life_s.saturating_mul(2).saturating_add(GARBAGE_S).min(u64::from(u32::MAX));
        call.arg(self.redis.seal(&entry.value, name)).arg(entry.until_s).arg(garbage_s);
        call
    }

    /// Asks for a value.
    fn reading<'a>(&'a self, script: &'a Script, key: &Key, now: u64) -> Answer<'a, Option<Vec<u8>>> {
        let name = self.name(key);
        Box::pin(async move {
            let mut call = script.key(name.as_str());
            call.arg(now);
            let sealed: Vec<Vec<u8>> = self.redis.run(&call).await?;
            Ok(sealed.first().and_then(|sealed| self.redis.unseal(sealed, &name)))
        })
    }
}

impl Shelf for RedisShelf {
    fn put(&self, _drawer: Drawer, key: Key, entry: Entry, _now: u64) -> Answer<'_, ()> {
        let call = self.writing(&self.put, &self.name(&key), &entry);
        Box::pin(async move { self.redis.run::<()>(&call).await })
    }

    fn put_new(&self, _drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, bool> {
        let mut call = self.writing(&self.put_new, &self.name(&key), &entry);
        call.arg(now);
        Box::pin(async move { self.redis.run::<i64>(&call).await.map(|is_new| is_new == 1) })
    }

    fn get(&self, _drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        self.reading(&self.get, &key, now)
    }

    fn take(&self, _drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        self.reading(&self.take, &key, now)
    }
}
