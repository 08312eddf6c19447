//! A team's service and those who are signed in to it: real programs, real keyrings, real connections.
//!
//! One program, so that it is linked once and its tests fill the cores; one module a topic.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests may stop at once")]

mod connection;
mod cut_off;
mod devices;
mod expiry;
mod keyring;
mod network;
mod out_of_office;
mod people;
mod secrets;
mod sign_in;
mod support;
mod suspend;
