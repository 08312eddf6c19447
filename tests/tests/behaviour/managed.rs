//! What an organisation fixes or presets in `/etc/halo/managed.toml`: it holds, it can't be changed, and it says so.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use e2e::{Desktop, Halo, SOON, skip, wait_until};
use serde_json::Value;

use crate::support::Notifications;

fn desktop() -> Desktop {
    Desktop::builder().session_bus(true).start().expect("a desktop starts")
}

/// A desk on a computer that an organisation looks after: it has a `/etc` of its own.
struct ManagedDesk {
    halo: Halo,
    file: PathBuf,
}

impl ManagedDesk {
    fn new(desktop: &Desktop) -> Option<Self> {
        let etc = desktop.home().join("etc");
        let file = etc.join("halo/managed.toml");
        fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
        // Whoever is not root is root of a namespace of their own, which may mount.
        let root = Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout == b"0\n");
        let user = if root { "" } else { "--user --map-current-user --keep-caps" };
        let overlay = format!("mount -t overlay overlay -o lowerdir={}:/etc /etc", etc.display());
        let enter = |what: &str| format!("unshare {user} --mount sh -c '{overlay} && {what}' halo");
        if !Command::new("sh").args(["-c", &enter("true")]).output().is_ok_and(|done| done.status.success()) {
            skip("nothing can be mounted here, not even in a namespace of one's own");
            return None;
        }
        let program = desktop.home().join("managed-halo");
        let run = enter(&format!("exec \"{}\" \"$@\"", e2e::halo_program().display()));
        // Written by another process: a test that starts one at this moment would keep the file open, and nobody could run it.
        let write = "printf '%s' \"$1\" > \"$0\" && chmod +x \"$0\"";
        let script = format!("#!/bin/sh\nexec {run} \"$@\"\n");
        desktop.run("sh", &["-c", write, program.to_str().expect("a name"), &script]).expect("it can be written");
        Some(Self { halo: Halo::not_started(desktop).in_place_of(program), file })
    }

    /// Starts with what the organisation wants.
    fn start(&mut self, managed: &str) {
        fs::write(&self.file, managed).expect("it can be written");
        self.halo.start_again();
    }

    fn again(&mut self, managed: &str) {
        self.halo.quit();
        self.start(managed);
    }

    /// Its value, and whether the list says that it is fixed.
    fn setting(&self, key: &str) -> (String, bool) {
        let list = self.halo.expect(&["config"]);
        let row = list.lines().find(|line| line.starts_with(&format!("{key} = "))).expect("it is in the list");
        (self.halo.expect(&["config", key]), row.ends_with("(set by your organisation)"))
    }

    fn policy(&self) -> PathBuf {
        self.file.with_file_name("policy.toml")
    }

    fn check(&self) -> Option<Value> {
        let checks: Vec<Value> = serde_json::from_str(&self.halo.expect(&["doctor", "--json"])).expect("it is JSON");
        checks.into_iter().find(|check| check["name"] == "/etc/halo/managed.toml")
    }
}

const MANAGED: &str = "\
[fixed]
service = \"https://halo.example.org\"
idle.after = \"10m\"
lock.auto = true

[preset]
language = \"de\"
call.auto = false
";

#[test]
fn what_the_organisation_fixes_holds_and_says_who_says_so() {
    let desktop = desktop();
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    desk.start("");
    desk.halo.expect(&["config", "idle.after", "3m"]);
    desk.halo.expect(&["config", "lock.auto", "false"]);
    desk.again(MANAGED);
    assert_eq!(desk.setting("idle.after"), ("10m".to_owned(), true));
    assert_eq!(desk.setting("lock.auto"), ("true".to_owned(), true));
    let refused = desk.halo.run(&["config", "lock.auto", "false"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("set by your organisation (/etc/halo/managed.toml)"), "{refused:?}");
    let elsewhere = desk.halo.run_with(&["sign-in", "https://elsewhere.example", "--name", "ada"], "secret");
    assert!(elsewhere.err.contains("service is set by your organisation"), "{elsewhere:?}");
    let check = desk.check().expect("the doctor tells of it");
    assert_eq!(check["why"], "fixed: service, idle.after, lock.auto; preset: language, call.auto");

    // Taken away, the person's own are as they were.
    fs::remove_file(&desk.file).unwrap();
    desk.halo.quit();
    desk.halo.start_again();
    assert_eq!(desk.setting("idle.after"), ("3m".to_owned(), false));
    assert_eq!(desk.setting("lock.auto"), ("false".to_owned(), false));
    assert_eq!(desk.check(), None);
}

#[test]
fn what_the_organisation_presets_holds_until_somebody_chooses() {
    let desktop = desktop();
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    desk.start(MANAGED);
    assert_eq!(desk.setting("language"), ("de".to_owned(), false));
    assert_eq!(desk.setting("call.auto"), ("false".to_owned(), false));
    desk.halo.expect(&["config", "language", "system"]);
    desk.halo.expect(&["config", "call.auto", "true"]);
    desk.again(MANAGED);
    assert_eq!(desk.setting("language").0, "system");
    assert_eq!(desk.setting("call.auto").0, "true");
}

#[test]
fn a_broken_managed_file_leaves_the_last_good_one_in_force_and_is_said() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    desk.start(MANAGED);
    desk.again("[fixed\nidle.after = \"1h\"\n");
    let told = notifications.next("Halo");
    assert!(told.body.contains("/etc/halo/managed.toml"), "{told:?}");
    assert_eq!(desk.setting("idle.after"), ("10m".to_owned(), true));
    let check = desk.check().expect("the doctor tells of it");
    assert_eq!(check["state"], "failing");
    assert!(check["why"].as_str().is_some_and(|why| why.starts_with("line 1: ")), "{check}");

    // One bad line in it, and a good file again.
    desk.again(&MANAGED.replace("\"10m\"", "\"soon\""));
    assert_eq!(desk.setting("idle.after"), ("10m".to_owned(), true));
    desk.again(&MANAGED.replace("\"10m\"", "\"20m\""));
    assert!(wait_until(SOON, || desk.setting("idle.after") == ("20m".to_owned(), true)));
    assert_eq!(desk.check().expect("the doctor tells of it")["state"], "working");
}

#[test]
fn bad_input_a_first_policy_of_the_machine_that_is_broken_leaves_the_shipped_one_in_force() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    fs::write(desk.policy(), "name = \n").unwrap();
    desk.start("");
    assert!(notifications.next("Halo").body.contains("the policy that Halo comes with is in force"));
    desk.halo.expect(&["set", "meeting"]);
    let checks = desk.halo.json(&["doctor", "--json"]);
    let check = checks.as_array().unwrap().iter().find(|check| check["part"] == "policy").unwrap();
    assert!(check["why"].as_str().unwrap().contains("the policy that Halo comes with is in force"), "{check}");
    desk.halo.quit();
}

#[test]
fn bad_input_a_link_that_leads_nowhere_is_no_end_of_what_the_organisation_set() {
    let desktop = desktop();
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    desk.start(MANAGED);
    desk.halo.quit();
    fs::remove_file(&desk.file).unwrap();
    std::os::unix::fs::symlink("/mnt/elsewhere/managed.toml", &desk.file).unwrap();
    desk.halo.start_again();
    assert_eq!(desk.setting("idle.after"), ("10m".to_owned(), true));
    let check = desk.check().unwrap();
    assert!(check["why"].as_str().unwrap().contains("a link to a file that isn't there"), "{check}");
    desk.halo.quit();
}

#[test]
fn bad_input_thousands_of_mistakes_are_said_in_a_sentence() {
    let desktop = desktop();
    let Some(mut desk) = ManagedDesk::new(&desktop) else { return };
    let keys = (0..30_000).map(|n| format!("unknown{n} = 1\n")).collect::<Vec<_>>().concat();
    let began = std::time::Instant::now();
    desk.start(&format!("[fixed]\n{keys}"));
    assert!(began.elapsed() < SOON / 2, "it took {:?}", began.elapsed());
    let why = desk.check().unwrap()["why"].as_str().unwrap().to_owned();
    assert!(why.len() < 5000 && why.contains("more"), "{} bytes: {}", why.len(), &why[..200]);
    desk.halo.quit();
}
