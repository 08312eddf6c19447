//! The service from outside: its HTTP interface, and its command line beside it, as a program that isn't Halo uses them.
//!
//! One program, so that it is linked once and its tests fill the cores; one module a topic.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod abuse;
mod access;
mod accounts;
mod api;
mod backups;
mod bad_input;
mod clock;
mod connections;
mod device;
mod ends;
mod full_disk;
mod lengths;
mod older;
mod packaging;
mod people;
mod sign_ins;
mod stalls;
mod tls;
mod truth;
mod writes;
