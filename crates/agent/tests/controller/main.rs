//! The controller with a hub in memory and a shell that writes down what it is asked for.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod away;
mod corrections;
mod gate;
mod held;
mod hub;
#[path = "../hub_suite/mod.rs"]
mod hub_suite;
mod links;
mod memory_hub;
mod settings;
mod support;
mod truth;
