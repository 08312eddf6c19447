//! The presence service: an append-only log of facts, and what is projected from it.
//!
//! Today it runs inside the resident program for one local person. **It must not know** of a network, an async runtime,
//! a desktop or a user interface; and it reads no clock: each call brings its [`Moment`].

mod error;
mod held;
mod history;
mod place;
mod schema;
mod service;

pub use error::ServiceError;
pub use place::network_file_system;
pub use service::{Beginning, Moment, Opened, Service, Weight};
