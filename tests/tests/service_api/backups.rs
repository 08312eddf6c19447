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
    assert_eq!(service.run_with(&["user", "list"], "").out, "ada\tada\tAgent\tteam");

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
