//! What can go wrong with a log, in words that say what to do.

/// Why a log can't do something. `place` is a file, a folder or a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// It was written by a newer program.
    #[error(
        "the log {place} was written by a newer Halo (its schema is version {found}, this program knows {known}): install that version again, or move the file away to begin a new log"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// Its version.
        found: i64,
        /// The newest one known.
        known: i64,
    },
    /// It was written by an older program, and whoever serves it may still be that one.
    #[error(
        "the log {place} is an older Halo's (its schema is version {found}, this program writes {known}) and in use: end the service that runs and start the new one, which brings it up to date"
    )]
    Older {
        /// Where it is.
        place: String,
        /// Its version.
        found: i64,
        /// The one that this program writes.
        known: i64,
    },
    /// There is none.
    #[error(
        "there is no log at {0}: if a service runs, it writes it anew in a moment; if not, restore a backup, or name its folder (`data` in the configuration)"
    )]
    Missing(String),
    /// Its folder can't be made or written.
    #[error(
        "Halo can't write its log in {place}: {cause}. Make the folder writable, or name another one (a desk's by XDG_DATA_HOME, a service's by `data` in its configuration)"
    )]
    NotWritable {
        /// The folder.
        place: String,
        /// What the system says.
        cause: String,
    },
    /// No room is left.
    #[error(
        "the disk that holds {0} is full: free some space. Until then, what you ask for is refused; what is sensed is kept in memory"
    )]
    Full(String),
    /// It is damaged.
    #[error("the log {0} is damaged: restore a backup of it")]
    Damaged(String),
    /// Whoever keeps it gives no answer. What was asked for may have been done: read, and ask again with the same key.
    #[error("the log {place} can't be reached: {cause}. Halo tries again; if that goes on, look after that server")]
    Unreachable {
        /// The server.
        place: String,
        /// What it, or the network, says.
        cause: String,
    },
    /// An entry that can't be kept.
    #[error("an entry of {0} is not whole: it has no facts, or a line break in one; it was not kept")]
    NotWhole(String),
    /// Anything else that the keeper says.
    #[error("the log {place} can't be used: {cause}")]
    Other {
        /// Where it is.
        place: String,
        /// What the keeper says.
        cause: String,
    },
}
