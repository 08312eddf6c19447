//! A team's service and those who are signed in to it: real programs, real keyrings, real connections.
//!
//! One program, so that it is linked once and its tests fill the cores; one module a topic.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod connection;
mod devices;
mod sign_in;
