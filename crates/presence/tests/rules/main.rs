//! The rules of the domain, each by name.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod calls;
mod choices;
mod claims;
mod corrections;
mod laws;
mod leaving;
mod naming;
mod newer;
mod plans;
mod policy;
mod state;
mod support;
mod work;
