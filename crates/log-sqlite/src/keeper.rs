//! What concerns the file as a whole.

use log::LogError;
use roster::Keeper;

use crate::Sqlite;
use crate::error::named;
use crate::place::room;
use crate::schema::Sharing;

/// With less room than this on its disk, in bytes, a log is as good as full. What is left of its write-ahead log takes a
/// small write even then.
const ENOUGH_ROOM: u64 = 256 * 1024;

impl Keeper for Sqlite {
    fn place(&self) -> String {
        named(&self.path)
    }

    fn probe(&mut self) -> Result<(), LogError> {
        if room(&self.path).is_some_and(|room| room < ENOUGH_ROOM) {
            return Err(LogError::Full(named(&self.path)));
        }
        // A page that is written anew as it is, and synced.
        let written = self.db.execute("UPDATE probes SET tried = tried", []);
        self.said(written.map(drop))
    }

    fn changed_by_others(&self) -> Result<i64, LogError> {
        self.said(self.db.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }

    fn shrink(&mut self) -> Result<(), LogError> {
        // Deleted rows are overwritten (secure_delete); a person's own file is made small again as well.
        let vacuum = if self.sharing == Sharing::Alone { "VACUUM;" } else { "" };
        let shrunk = format!("PRAGMA wal_checkpoint(TRUNCATE); {vacuum} PRAGMA wal_checkpoint(TRUNCATE);");
        self.said(self.db.execute_batch(&shrunk))
    }
}
