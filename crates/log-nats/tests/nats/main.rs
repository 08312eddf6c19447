//! The keeper against a real `nats-server`: one of its own for each test, which is stopped, killed, filled up and begun
//! anew.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod given_up;
mod removed;
mod server;
mod server_full;
mod server_lost;
mod strangers;
mod twice;
mod two_keepers;
mod whole;
mod wire;
