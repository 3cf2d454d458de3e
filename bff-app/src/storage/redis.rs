//! Redis, asked by scripts alone: each is one round trip, and nothing comes between its steps.

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, FromRedisValue, RedisError, RedisResult, ScriptInvocation};
use hosting::Origin;
use tokio::sync::OnceCell;

use super::{Key, LONGEST_WAIT, Seal, Unavailable, hex, key};
use crate::cannot_start::CannotStart;
use crate::config::Storage;

/// How often a connection that cannot be made is tried again; the next request tries anew.
const RETRIES: usize = 0;

/// A Redis that the replicas share.
pub(crate) struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    /// Keeps applications apart that share one Redis.
    prefix: String,
    seal: Seal,
}

impl Redis {
    /// Notes where it is; it is asked for nothing before the first request, and need not run before then.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when no address is given, or none that is understood, or no key.
    pub(crate) fn new(storage: &Storage, origin: &Origin) -> Result<Self, CannotStart> {
        let refused = |why: &str| {
            let hint = "give one as storage.redis, as in redis://127.0.0.1:6379";
            CannotStart::Storage(format!("session.store = redis {why}: {hint}"))
        };
        let address = storage.redis.as_ref().ok_or_else(|| refused("needs an address"))?;
        // The address can carry a password, so what is wrong with it is not repeated.
        let client = Client::open(address.expose()).map_err(|_| refused("does not understand its address"))?;
        let prefix = format!("bff:{}:", hex(&key("origin", origin.as_str())));
        // A fresh one each would keep replicas from reading what the others have written.
        let hint = "session.store = redis needs a key that all replicas share: give 32 bytes as storage.key_file";
        let key = storage.key.as_ref().ok_or_else(|| CannotStart::Key(hint.to_owned()))?;
        let seal = Seal::new(key, "redis");
        Ok(Self { client, connection: OnceCell::new(), prefix, seal })
    }

    /// Returns the whole name of an entry.
    pub(crate) fn name(&self, kind: &str, key: &Key) -> String {
        format!("{}{kind}:{}", self.prefix, hex(key))
    }

    /// Seals a value for the entry of this name.
    pub(crate) fn seal(&self, plain: &[u8], name: &str) -> Vec<u8> {
        self.seal.seal(plain, name.as_bytes())
    }

    /// Opens what was sealed for the entry of this name.
    pub(crate) fn unseal(&self, sealed: &[u8], name: &str) -> Option<Vec<u8>> {
        self.seal.open(sealed, name.as_bytes())
    }

    /// Runs a script.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when Redis does not answer in time.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Unavailable> {
        match tokio::time::timeout(LONGEST_WAIT, self.attempt(script)).await {
            Ok(answer) => answer.map_err(|error| unavailable(error.to_string())),
            Err(_) => Err(unavailable(format!("it takes longer than {LONGEST_WAIT:?}"))),
        }
    }

    /// A connection that has broken is found out only by using it, so that a second one is tried.
    async fn attempt<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let mut connection = self.connection.get_or_try_init(|| async { self.connect() }).await?.clone();
        let answer = script.invoke_async(&mut connection).await;
        if answer.as_ref().err().is_some_and(is_broken) {
            return script.invoke_async(&mut connection).await;
        }
        answer
    }

    fn connect(&self) -> RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(RETRIES)
            .set_connection_timeout(Some(LONGEST_WAIT / 2))
            .set_response_timeout(Some(LONGEST_WAIT / 2));
        ConnectionManager::new_lazy_with_config(self.client.clone(), config)
    }
}

fn is_broken(error: &RedisError) -> bool {
    error.is_io_error() && !error.is_timeout()
}

fn unavailable(why: String) -> Unavailable {
    Unavailable::new("Redis", "start it, or give the address of one that runs as storage.redis", why)
}

#[cfg(test)]
mod tests {
    use hosting::Secret;

    use super::*;

    fn redis(address: Option<&str>) -> Result<Redis, CannotStart> {
        let storage = Storage { redis: address.map(Secret::new), key: Some([7; 32]), file: None };
        Redis::new(&storage, &Origin::parse("https://bff.test").unwrap())
    }

    #[test]
    fn an_address_is_needed_and_never_repeated() {
        for address in [None, Some("no address with the password hunter22")] {
            let refused = redis(address).err().unwrap().to_string();
            assert!(refused.contains("storage.redis") && !refused.contains("hunter22"), "{refused}");
        }
        assert!(redis(Some("redis://127.0.0.1:6379")).is_ok(), "it need not run yet");
    }

    #[test]
    fn without_a_key_the_replicas_could_not_read_each_other() {
        let storage = Storage { redis: Some(Secret::new("redis://127.0.0.1:6379")), ..Storage::default() };
        let refused = Redis::new(&storage, &Origin::parse("https://bff.test").unwrap()).err().unwrap();
        assert!(matches!(refused, CannotStart::Key(why) if why.contains("storage.key_file")));
    }

    #[tokio::test]
    async fn one_that_does_not_run_is_named_within_the_bound() {
        // Port 1 of the loopback address is nobody's.
        let redis = redis(Some("redis://127.0.0.1:1")).unwrap();
        let script = ::redis::Script::new("return 1");
        let answer: Result<i64, Unavailable> = redis.run(&script.prepare_invoke()).await;
        assert!(answer.unwrap_err().to_string().starts_with("Redis does not answer"));
    }
}
