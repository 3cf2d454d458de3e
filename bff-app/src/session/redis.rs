//! Sessions in Redis, for several replicas: what one replica ends has ended at all of them.
//!
//! Expiry is ours: `EXPIRE` only collects what died long ago, because Redis asks another clock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ::redis::Script;

use super::Session;
use super::lives::Lives;
use super::store::{Kept, Slide, Store, groups_of};
use crate::storage::{Answer, Key, Redis, Unavailable, from_hex, lock};

/// How many sessions are kept beside Redis at most.
const MOST_CACHED: usize = 10_000;
/// How long after its end the garbage of a session may lie, in seconds.
const GARBAGE_S: u64 = 24 * 3600;

/// Sessions in Redis.
pub(super) struct RedisStore {
    redis: Arc<Redis>,
    lives: Lives,
    scripts: Scripts,
    cache: Cache,
}

struct Scripts {
    insert: Script,
    find: Script,
    renew: Script,
    end: Script,
    end_group: Script,
    members: Script,
}

impl Scripts {
    fn new() -> Self {
        let with_ending = |script: &str| Script::new(&format!("{}{script}", include_str!("redis/end_one.lua")));
        Self {
            insert: with_ending(include_str!("redis/insert.lua")),
            find: with_ending(include_str!("redis/find.lua")),
            renew: Script::new(include_str!("redis/renew.lua")),
            end: with_ending(include_str!("redis/end.lua")),
            end_group: with_ending(include_str!("redis/end_group.lua")),
            members: Script::new(include_str!("redis/members.lua")),
        }
    }
}

impl RedisStore {
    /// `cache_s` is how many seconds a session that was read is kept beside Redis.
    pub(super) fn new(redis: Arc<Redis>, lives: Lives, cache_s: u64) -> Self {
        Self { redis, lives, scripts: Scripts::new(), cache: Cache { kept: Mutex::default(), life_s: cache_s } }
    }

    fn name(&self, key: &Key) -> String {
        self.redis.name("session", key)
    }

    fn group(&self, group: &Key) -> String {
        self.redis.name("group", group)
    }

    fn seal(&self, session: &Session, name: &str) -> Vec<u8> {
        self.redis.seal(&serde_json::to_vec(session).expect("a session is plain data"), name)
    }

    /// Reads a sealed session and the moment of its last use; one that is sealed with another key is nobody's.
    fn read(&self, name: &str, sealed: &[u8], used_s: &[u8]) -> Option<Kept> {
        let session = serde_json::from_slice(&self.redis.unseal(sealed, name)?).ok()?;
        Some(Kept { session: Arc::new(session), used_s: std::str::from_utf8(used_s).ok()?.parse().ok()? })
    }

    async fn ask(&self, key: Key, now: u64, slide: Slide) -> Result<Option<Kept>, Unavailable> {
        let name = self.name(&key);
        let mut call = self.scripts.find.key(name.as_str());
        call.arg(now).arg(self.lives.idle_s).arg(u8::from(slide == Slide::Yes));
        let answer: Vec<Vec<u8>> = self.redis.run(&call).await?;
        let [sealed, used_s] = answer.as_slice() else { return Ok(None) };
        Ok(self.read(&name, sealed, used_s))
    }
}

impl Store for RedisStore {
    fn insert(&self, key: Key, session: Arc<Session>, _now: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            let name = self.name(&key);
            let mut call = self.scripts.insert.key(name.as_str());
            for group in groups_of(&session) {
                call.key(self.group(&group));
            }
            let garbage_s = self.lives.absolute_s.saturating_mul(2).saturating_add(GARBAGE_S).min(u64::from(u32::MAX));
            call.arg(self.seal(&session, &name)).arg(session.used_s).arg(self.lives.ends_s(&session)).arg(garbage_s);
            self.cache.forget(&key);
            self.redis.run::<()>(&call).await
        })
    }

    fn find(&self, key: Key, now: u64, slide: Slide) -> Answer<'_, Option<Kept>> {
        Box::pin(async move {
            // Only what counts as use is answered from beside Redis: who looks wants to know how it stands.
            if slide == Slide::Yes
                && let Some(kept) = self.cache.find(&key, self.lives, now)
            {
                return Ok(Some(kept));
            }
            let kept = self.ask(key, now, slide).await?;
            self.cache.note(key, kept.as_ref(), now);
            Ok(kept)
        })
    }

    fn renew(&self, key: Key, session: Arc<Session>) -> Answer<'_, bool> {
        Box::pin(async move {
            let name = self.name(&key);
            let mut call = self.scripts.renew.key(name.as_str());
            call.arg(self.seal(&session, &name)).arg(self.lives.ends_s(&session));
            self.cache.forget(&key);
            self.redis.run::<i64>(&call).await.map(|renewed| renewed == 1)
        })
    }

    fn end(&self, key: Key) -> Answer<'_, bool> {
        Box::pin(async move {
            self.cache.forget(&key);
            let ended = self.redis.run::<i64>(&self.scripts.end.key(self.name(&key))).await;
            // Whoever was reading meanwhile may have put it back.
            self.cache.forget(&key);
            ended.map(|ended| ended == 1)
        })
    }

    fn end_group(&self, group: Key) -> Answer<'_, usize> {
        Box::pin(async move {
            let ended = self.redis.run::<usize>(&self.scripts.end_group.key(self.group(&group))).await;
            self.cache.clear();
            ended
        })
    }

    fn members(&self, group: Key, now: u64) -> Answer<'_, Vec<(Key, Kept)>> {
        Box::pin(async move {
            let mut call = self.scripts.members.key(self.group(&group));
            call.arg(now).arg(self.lives.idle_s);
            let answer: Vec<Vec<u8>> = self.redis.run(&call).await?;
            let member = |member: &[Vec<u8>]| {
                let [name, sealed, used_s] = member else { return None };
                let name = std::str::from_utf8(name).ok()?;
                Some((from_hex(name.rsplit(':').next()?)?, self.read(name, sealed, used_s)?))
            };
            Ok(answer.chunks(3).filter_map(member).collect())
        })
    }
}

/// Sessions that were read a moment ago. While one lies here, a sign-out at another replica has not arrived.
struct Cache {
    kept: Mutex<HashMap<Key, (Kept, u64)>>,
    life_s: u64,
}

impl Cache {
    fn find(&self, key: &Key, lives: Lives, now: u64) -> Option<Kept> {
        if self.life_s == 0 {
            return None;
        }
        let all = lock(&self.kept);
        let (kept, read_s) = all.get(key)?;
        let is_fresh = now < read_s + self.life_s && lives.is_alive(&kept.session, kept.used_s, now);
        is_fresh.then(|| kept.clone())
    }

    fn note(&self, key: Key, kept: Option<&Kept>, now: u64) {
        if self.life_s == 0 {
            return;
        }
        let mut all = lock(&self.kept);
        if all.len() >= MOST_CACHED {
            all.retain(|_, (_, read_s)| now < *read_s + self.life_s);
        }
        match kept {
            Some(kept) if all.len() < MOST_CACHED => drop(all.insert(key, (kept.clone(), now))),
            _ => drop(all.remove(&key)),
        }
    }

    fn forget(&self, key: &Key) {
        lock(&self.kept).remove(key);
    }

    fn clear(&self) {
        lock(&self.kept).clear();
    }
}

#[cfg(test)]
mod tests;
