//! Backups: what was there comes back, and what took its place is not lost.

use std::path::Path;

use e2e::{Said, TeamService};

use super::api::Api;

#[track_caller]
fn run(service: &TeamService, what: &str, file: &Path) -> Said {
    service.run_with(&[what, file.to_str().unwrap()], "")
}

#[track_caller]
fn refused(said: &Said, words: &str) {
    assert!(said.code == 1 && said.err.contains(words), "{said:?}");
}

#[test]
fn a_backup_brings_back_what_was_and_sets_aside_what_is() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let version = api.say("before");
    let backup = service.file("backup.db");
    let said = run(&service, "backup", &backup);
    assert_eq!(said.code, 0, "{said:?}");
    api.say("after");
    service.add("grace", &[]);
    service.stop();
    let said = run(&service, "restore", &backup);
    assert_eq!(said.code, 0, "{said:?}");
    service.start_again();
    let presence = api.presence();
    assert_eq!((&presence["message"], &presence["version"]), (&"before".into(), &version.into()));
    assert_eq!(service.run_with(&["user", "list"], "").out, "ada\tada\tagent\tteam");

    // What was there is whole, too.
    let aside = service.file("data/halo.db.before-1");
    assert!(said.out.contains(aside.to_str().unwrap()), "{said:?}");
    service.stop();
    let said = run(&service, "restore", &aside);
    assert_eq!(said.code, 0, "{said:?}");
    service.start_again();
    assert_eq!(api.presence()["message"], "after");
    assert!(Api::signed_in(&service, "grace").is_signed_in());
}

#[test]
fn what_a_power_cut_left_behind_is_set_aside_whole() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    api.say("just before the power cut");
    service.kill();
    assert_eq!(run(&service, "restore", &backup).code, 0);
    assert_eq!(run(&service, "restore", &service.file("data/halo.db.before-1")).code, 0);
    service.start_again();
    assert_eq!(api.presence()["message"], "just before the power cut");
}

#[test]
fn a_backup_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = TeamService::start(&["ada"]);
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    for file in [backup, service.file("data/halo.db")] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(service.file("data").metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_restore_beside_a_service_that_runs_is_refused() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    api.say("after");
    refused(&run(&service, "restore", &backup), "runs on");
    assert_eq!(api.presence()["message"], "after");
}

#[test]
fn a_restore_of_something_else_is_refused_and_changes_nothing() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    api.say("as it was");
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    service.stop();
    let whole = std::fs::read(&backup).unwrap();
    let names = || {
        let entries = std::fs::read_dir(service.file("data")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let other = service.file("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE recipes (id)").unwrap();
    let garbage = service.file("garbage.db");
    for bytes in [&b"not a database at all"[..], &[], &whole[..whole.len() / 2], &[0; 8192]] {
        std::fs::write(&garbage, bytes).unwrap();
        refused(&run(&service, "restore", &garbage), "is not a whole backup");
    }
    refused(&run(&service, "restore", &other), "is not a whole backup");
    refused(&run(&service, "restore", &service.file("nothing.db")), "nothing was changed");
    refused(&run(&service, "restore", &service.file("data")), "nothing was changed");
    let pipe = service.file("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refused(&run(&service, "restore", &pipe), "nothing was changed");
    assert_eq!(names(), before);
    service.start_again();
    assert_eq!(api.presence()["message"], "as it was");
}

#[test]
fn a_backup_never_writes_over_a_file() {
    let service = TeamService::start(&["ada"]);
    let file = service.file("precious.txt");
    std::fs::write(&file, "precious").unwrap();
    refused(&run(&service, "backup", &file), "exists already");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    refused(&run(&service, "backup", &service.file("no/such/folder/backup.db")), "can't be written");
}

#[test]
fn a_backup_is_nobody_elses_while_it_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = TeamService::start(&["ada"]);
    // Much, so that writing it takes a while.
    let log = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
    log.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    log.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
            INSERT INTO held (person, item) SELECT (SELECT id FROM persons), hex(randomblob(1000)) FROM n;",
    )
    .unwrap();
    let backup = service.file("backup.db");
    let mut modes = std::collections::BTreeSet::new();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| run(&service, "backup", &backup));
        while !writing.is_finished() {
            modes.extend(backup.metadata().map(|found| found.permissions().mode() & 0o777));
        }
        assert_eq!(writing.join().unwrap().code, 0);
    });
    assert_eq!(modes.into_iter().collect::<Vec<_>>(), [0o600]);
}

#[test]
fn a_restore_of_a_log_with_something_in_it_that_is_not_ours_is_refused() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    api.say("as it was");
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    service.stop();
    for (change, words) in [
        (
            "CREATE TRIGGER up AFTER INSERT ON entries BEGIN UPDATE persons SET role = 'administrator'; END",
            "trigger up",
        ),
        ("CREATE VIEW more AS SELECT * FROM persons", "view more is not ours"),
        ("DROP TABLE follows", "follows"),
        ("ALTER TABLE persons ADD COLUMN more", "table persons"),
        ("PRAGMA user_version = 99", "newer"),
    ] {
        let changed = service.file("changed.db");
        std::fs::copy(&backup, &changed).unwrap();
        rusqlite::Connection::open(&changed).unwrap().execute_batch(change).unwrap();
        refused(&run(&service, "restore", &changed), words);
    }
    service.start_again();
    assert_eq!(api.presence()["message"], "as it was");
}

#[test]
fn a_restore_takes_the_place_of_a_damaged_log_and_keeps_that_aside() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    api.say("before the damage");
    let backup = service.file("backup.db");
    assert_eq!(run(&service, "backup", &backup).code, 0);
    service.stop();
    let database = service.file("data/halo.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xa5);
    std::fs::write(&database, &bytes).unwrap();
    let said = run(&service, "backup", &service.file("another.db"));
    refused(&said, "is damaged");
    assert!(!service.file("another.db").exists(), "no half of a backup");
    assert_eq!(run(&service, "restore", &backup).code, 0);
    let aside = std::fs::read(service.file("data/halo.db.before-1")).unwrap();
    assert!(aside == bytes, "it is kept as it was");
    service.start_again();
    assert_eq!(api.presence()["message"], "before the damage");
}
