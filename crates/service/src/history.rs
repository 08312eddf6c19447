//! History: the intervals that the log comes to.

use presence::{Interval, Timestamp};
use rusqlite::params;

use crate::{Service, ServiceError};

impl Service {
    /// The intervals that ended after `since`, or all, the oldest first; the last one lasts.
    pub fn history(&self, since: Option<Timestamp>) -> Result<Vec<Interval>, ServiceError> {
        let after = since.map_or(i64::MIN, Timestamp::as_millisecond);
        let read = (|| {
            let mut kept = self
                .db
                .prepare_cached("SELECT interval FROM intervals WHERE person = 1 AND ended > ?1 ORDER BY rowid")?;
            let rows = kept.query_map(params![after], |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })();
        let read = read.map_err(|error| ServiceError::of(&error, self.path()))?;
        let written = read.iter().filter_map(|interval| serde_json::from_str(interval).ok());
        let recent = self.unwritten().iter().filter(|interval| interval.end.is_some_and(|end| since < Some(end)));
        Ok(written.chain(recent.cloned()).chain(self.state().current_interval()).collect())
    }

    /// Erases everything before now, in the file as well. What holds now goes on.
    pub fn delete_history(&mut self) -> Result<(), ServiceError> {
        self.forget(None)?;
        let erased = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        erased.map_err(|error| ServiceError::of(&error, self.path()))
    }

    /// Forgets what is older than the retention; returns how many facts that were.
    pub fn forget_before(&mut self, before: Timestamp) -> Result<usize, ServiceError> {
        self.forget(Some(before))
    }
}
