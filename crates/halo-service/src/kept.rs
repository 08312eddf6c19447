//! What the service keeps everything in.

/// The presence of all, kept in one file.
pub type Engine = engine::Engine<log_sqlite::Sqlite>;
