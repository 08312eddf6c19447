//! The person's time zone, as every other program on the machine takes it, and as it is now: it may change while this
//! one runs.

use jiff::tz::TimeZone;

#[cfg(unix)]
pub use self::unix::{local, named};
#[cfg(windows)]
pub use self::windows::{local, named};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, PoisonError};
    use std::time::SystemTime;

    use super::TimeZone;

    /// What the system's own zone is written in.
    const SYSTEM: &str = "/etc/localtime";

    /// Where zones lie by their names, unless `TZDIR` says where.
    const FOLDERS: [&str; 2] = ["/usr/share/zoneinfo", "/etc/zoneinfo"];

    /// When summer time begins and ends where a rule doesn't say it, as the C libraries take it.
    const USUAL_CHANGES: &str = ",M3.2.0,M11.1.0";

    /// The zone now: what `TZ` says, else the system's, else UTC.
    ///
    /// jiff would look for the name among all zones there are, which takes a session more memory than all else about
    /// time, and would keep what it found for five minutes.
    pub fn local() -> TimeZone {
        match std::env::var_os("TZ") {
            None => file(SYSTEM.into()).unwrap_or(TimeZone::UTC),
            Some(rule) => of_variable(&rule.to_string_lossy()),
        }
    }

    /// The zone that a name such as `Europe/Berlin` means, if there is one.
    pub fn named(name: &str) -> Option<TimeZone> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
        if name.eq_ignore_ascii_case("utc") {
            return Some(TimeZone::UTC);
        }
        (!name.is_empty() && !name.starts_with('/') && name.chars().all(fits)).then(|| in_folders(name)).flatten()
    }

    /// A name, a path or a rule, with a colon before it or not; what is none of these is UTC.
    pub(super) fn of_variable(text: &str) -> TimeZone {
        let text = text.strip_prefix(':').unwrap_or(text);
        if text.is_empty() {
            return TimeZone::UTC;
        }
        let found = if text.starts_with('/') { file(text.into()) } else { in_folders(text) };
        let rule = || TimeZone::posix(text).or_else(|_| TimeZone::posix(&format!("{text}{USUAL_CHANGES}"))).ok();
        found.or_else(rule).unwrap_or(TimeZone::UTC)
    }

    fn in_folders(name: &str) -> Option<TimeZone> {
        match std::env::var_os("TZDIR") {
            Some(folder) => file(Path::new(&folder).join(name)),
            None => FOLDERS.into_iter().find_map(|folder| file(Path::new(folder).join(name))),
        }
    }

    /// A file as it was when it was read: another one in its place, or other contents, and it is read anew.
    #[derive(PartialEq)]
    struct Stamp {
        path: PathBuf,
        place: (u64, u64),
        changed: Option<SystemTime>,
    }

    fn file(path: PathBuf) -> Option<TimeZone> {
        use std::os::unix::fs::MetadataExt;
        static LATEST: Mutex<Option<(Stamp, TimeZone)>> = Mutex::new(None);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let stamp = Stamp { place: (found.dev(), found.ino()), changed: found.modified().ok(), path };
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, zone)) = latest.as_ref().filter(|(known, _)| *known == stamp) {
            return Some(zone.clone());
        }
        let zone = TimeZone::tzif(&stamp.path.to_string_lossy(), &fs::read(&stamp.path).ok()?).ok()?;
        *latest = Some((stamp, zone.clone()));
        Some(zone)
    }
}

#[cfg(windows)]
mod windows {
    use super::TimeZone;

    /// The zone now: what `TZ` says, else the system's, else UTC.
    pub fn local() -> TimeZone {
        // It would be kept for five minutes.
        jiff::tz::reset_system_time_zone_cache();
        TimeZone::try_system().unwrap_or(TimeZone::UTC)
    }

    /// The zone that a name such as `Europe/Berlin` means, if there is one.
    pub fn named(name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d07_a_zone_is_found_by_its_name() {
        let tokyo = named("Asia/Tokyo").expect("it is everywhere");
        let at = "2026-11-23T00:00:00Z".parse::<jiff::Timestamp>().unwrap().to_zoned(tokyo);
        assert_eq!(at.offset().seconds(), 9 * 3600);
        for nonsense in ["", "Mars/Base", "../../../etc/passwd", "/etc/localtime", "Asia"] {
            assert!(named(nonsense).is_none(), "{nonsense}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn d07_tz_is_taken_in_each_form_that_the_c_library_takes() {
        let offset = |text: &str| {
            let summer: jiff::Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();
            unix::of_variable(text).to_offset(summer).seconds() / 1800
        };
        for (text, half_hours) in [
            ("Asia/Tokyo", 18),
            (":Asia/Tokyo", 18),
            ("/usr/share/zoneinfo/Asia/Tokyo", 18),
            (":/usr/share/zoneinfo/Asia/Kolkata", 11),
            ("CST6CDT", -10),
            ("XYZ6ABC", -10),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 4),
            ("<+0530>-5:30", 11),
            ("JST-9", 18),
            ("UTC", 0),
            ("", 0),
            (":", 0),
            ("Mars/Base", 0),
            ("nonsense", 0),
            ("/etc/passwd", 0),
            ("/nowhere", 0),
        ] {
            assert_eq!(offset(text), half_hours, "TZ={text}");
        }
    }
}
