//! The controller with a hub in memory and a shell that writes down what it is asked for.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod away;
mod corrections;
mod gate;
mod held;
mod links;
mod settings;
mod support;
mod truth;
