//! A log in one SQLite file, with all that is kept beside it: for one person's desk, and for a team on one machine.
//!
//! What was appended is synced before it counts. **It must not know** what a fact means, nor who may do what.

mod accounts;
mod devices;
mod entries;
mod error;
mod files;
mod follows;
mod from_facts;
mod held;
mod keeper;
mod open;
mod place;
mod projections;
mod rescue;
mod schema;
mod sqlite;
mod whereabouts;

pub use files::make_private;
pub use open::Opened;
pub use place::network_file_system;
pub use schema::{LogFile, Sharing, examine};
pub use sqlite::Sqlite;
pub use whereabouts::{Found, Whereabouts};
