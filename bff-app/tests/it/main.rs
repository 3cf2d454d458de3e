//! The application as its users and operators see it: many users at once, restarts, replicas, an outage of Redis.

mod load;
mod redis_server;
mod restart;
mod world;
