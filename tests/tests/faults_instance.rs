//! One resident program a person: a second start, two at once, one that was killed, and what it had acknowledged.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use e2e::{Desktop, halo_program, wait_until};
use faults_support::{Halo, SOON, data, run};

fn ended(started: &mut [Child]) -> usize {
    started.iter_mut().map(|child| usize::from(!matches!(child.try_wait(), Ok(None)))).sum()
}

fn socket(desktop: &Desktop) -> PathBuf {
    desktop.runtime_dir().join("halo/socket")
}

/// The resident programs of a desktop.
fn residents(desktop: &Desktop) -> usize {
    let home = format!("HOME={}", desktop.home().display());
    let program = halo_program().canonicalize().unwrap();
    let is_ours = |process: &std::path::Path| {
        let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
        let arguments = read("cmdline");
        let mut arguments = arguments.split(|byte| *byte == 0);
        let is_program = |argument: &[u8]| {
            let path = std::path::Path::new(std::str::from_utf8(argument).unwrap_or_default());
            path.canonicalize().is_ok_and(|path| path == program)
        };
        arguments.next().is_some_and(is_program)
            && arguments.next() == Some(b"run")
            && read("environ").split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter(|process| is_ours(&process.path())).count()
}

#[test]
fn d11_a_start_while_the_old_one_ends_leaves_exactly_one() {
    use std::io::Write;
    let desktop = Desktop::builder().start().unwrap();
    let end = |how: &str, id: &str| match how {
        "kill -9" => drop(desktop.run("kill", &["-9", id]).unwrap()),
        "kill" => drop(desktop.run("kill", &[id]).unwrap()),
        "quit" => {
            let mut asked = std::os::unix::net::UnixStream::connect(socket(&desktop)).unwrap();
            asked.write_all(b"{\"halo\":1,\"request\":{\"do\":\"quit\"}}\n").unwrap();
        }
        _ => assert_eq!(run(&desktop, &["restart"]).code, 0),
    };
    for how in ["kill -9", "kill", "quit", "restart"] {
        for arguments in [&[][..], &[], &[], &[], &["halo://snooze"], &["halo://back"]] {
            assert_eq!(run(&desktop, &[]).code, 0);
            run(&desktop, &["set", "busy"]);
            let id = std::fs::read_to_string(data(&desktop).join("halo.lock")).unwrap();
            end(how, id.trim());
            let said = run(&desktop, arguments);
            assert!(said.code == 0 || arguments == ["halo://back"], "after {how}: {said:?}");
            assert!(!said.err.contains("connection"), "after {how}: {said:?}");
            assert!(wait_until(SOON, || residents(&desktop) == 1), "after {how}: {}", residents(&desktop));
            assert_eq!(run(&desktop, &["status"]).code, 0, "after {how}");
        }
    }
    // The same in the foreground, as a service manager starts it.
    for how in ["kill -9", "kill", "quit"] {
        run(&desktop, &[]);
        let id = std::fs::read_to_string(data(&desktop).join("halo.lock")).unwrap();
        end(how, id.trim());
        let mut foreground = desktop.command(halo_program()).arg("run").spawn().unwrap();
        let serves = || {
            std::fs::read_to_string(data(&desktop).join("halo.lock"))
                .is_ok_and(|now| now.trim() == foreground.id().to_string() && run(&desktop, &["status"]).code == 0)
        };
        assert!(wait_until(SOON, serves), "after {how}: {:?}", foreground.try_wait());
        assert_eq!(residents(&desktop), 1, "after {how}");
        run(&desktop, &["quit"]);
        assert!(foreground.wait().unwrap().success(), "after {how}");
    }
    run(&desktop, &["quit"]);
}

#[test]
fn a_start_without_a_folder_for_temporary_files_is_one_all_the_same() {
    let desktop = Desktop::builder().start().unwrap();
    let started = faults_support::said(desktop.command(halo_program()).env("TMPDIR", "/nowhere"));
    assert_eq!((started.code, started.err.as_str()), (0, ""));
    assert_eq!(run(&desktop, &["quit"]).code, 0);
}

#[test]
fn a_folder_too_long_for_a_socket_is_said_with_what_to_do() {
    let desktop = Desktop::builder().start().unwrap();
    let long = desktop.home().join("x".repeat(100));
    std::fs::create_dir(&long).unwrap();
    for arguments in [&["run"][..], &["status"], &[]] {
        let mut command = desktop.command(halo_program());
        let said = faults_support::said(command.args(arguments).env("XDG_RUNTIME_DIR", &long));
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("too long for a socket") && said.err.contains("XDG_RUNTIME_DIR"), "{said:?}");
    }
}

#[test]
fn root_in_the_folders_of_somebody_else_is_refused_and_leaves_nothing_there() {
    let desktop = Desktop::builder().start().unwrap();
    let home = desktop.home().join("somebody");
    std::fs::create_dir(&home).unwrap();
    if std::os::unix::fs::chown(&home, Some(65534), Some(65534)).is_err() {
        return e2e::skip("only root can act for somebody else");
    }
    let mut command = desktop.command(halo_program());
    command.arg("run").env("HOME", &home);
    for variable in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(variable);
    }
    let said = faults_support::said(&mut command);
    assert!(said.code == 1 && said.err.contains("belongs to somebody else") && said.err.contains("sudo"), "{said:?}");
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);

    // As `su` without a dash has it: the own home, and the folder of the other's log-in.
    let mut command = desktop.command(halo_program());
    let said = faults_support::said(command.arg("run").env("XDG_RUNTIME_DIR", &home));
    assert!(said.code == 1 && said.err.contains("belongs to somebody else"), "{said:?}");
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn d11_a_second_one_does_not_start_when_the_first_one_s_folder_was_removed() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    std::fs::remove_dir_all(data(&desktop)).unwrap();
    let second = run(&desktop, &["run"]);
    assert!(second.code == 0 && second.out.starts_with("Halo is running already."), "{second:?}");
    assert_eq!(residents(&desktop), 1);
    halo.does(&["set", "meal"]);
    halo.kill();
    let halo = Halo::start(&desktop);
    assert_eq!(halo.history(), ["available", "busy", "meal"], "what was acknowledged is kept");
}

#[test]
fn d11_a_second_start_says_that_it_runs_and_leaves_it_alone() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    for (arguments, words) in [(&["run"][..], "Halo is running already.\nBusy since"), (&[], "Busy since")] {
        let second = run(&desktop, arguments);
        assert_eq!((second.code, second.err.as_str()), (0, ""), "{second:?}");
        assert!(second.out.starts_with(words), "{second:?}");
    }
    assert!(halo.is_alive());
    assert_eq!(halo.history(), ["available", "busy"]);
}

#[test]
fn d11_of_several_started_at_the_same_instant_exactly_one_serves_and_none_complains() {
    for arguments in [&["run"][..], &[]] {
        let desktop = Desktop::builder().start().unwrap();
        let start = |_| {
            let mut command = desktop.command(halo_program());
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let mut started: Vec<Child> = (0..6).map(start).collect();
        let in_foreground = !arguments.is_empty();
        let left = usize::from(in_foreground);
        assert!(wait_until(SOON, || ended(&mut started) >= 6 - left), "several of {arguments:?} serve");
        assert!(run(&desktop, &["status"]).out.starts_with("Available since"));
        assert_eq!(ended(&mut started), 6 - left, "none of {arguments:?} serves");
        let served_by = std::fs::read_to_string(data(&desktop).join("halo.lock")).unwrap();
        assert!(run(&desktop, &["quit"]).code == 0);
        for child in started {
            let id = child.id();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
            let said = String::from_utf8(output.stdout).unwrap();
            if in_foreground {
                assert_eq!(served_by.trim() != id.to_string(), said.starts_with("Halo is running already."), "{said}");
            } else {
                assert!(said.starts_with("Available since"), "{said}");
            }
        }
    }
}

#[test]
fn a_quit_and_a_start_in_a_row_never_meet() {
    let desktop = Desktop::builder().start().unwrap();
    assert_eq!(run(&desktop, &[]).code, 0);
    for _ in 0..10 {
        assert_eq!(run(&desktop, &["quit"]).code, 0);
        let started = run(&desktop, &[]);
        assert!(started.code == 0 && started.out.starts_with("Available since"), "{started:?}");
    }
    assert_eq!(run(&desktop, &["quit"]).code, 0);
}

#[test]
fn one_that_runs_but_cannot_be_reached_is_said_to_be_elsewhere() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    let elsewhere = desktop.home().join("another-login");
    let mut command = desktop.command(halo_program());
    let output = command.arg("run").env("XDG_RUNTIME_DIR", &elsewhere).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in ["runs already", elsewhere.to_str().unwrap(), "another login", "halo quit"] {
        assert!(said.contains(words), "“{words}” is missing: {said}");
    }
    assert!(halo.is_alive());
}

#[test]
fn the_socket_of_a_killed_program_is_replaced() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    halo.kill();
    assert!(socket(&desktop).exists(), "a killed program leaves its socket behind");
    assert_eq!(run(&desktop, &["status"]).code, 3);
    let mut halo = Halo::start(&desktop);
    assert_eq!(halo.status(), "busy");
    halo.quit();
    assert!(!socket(&desktop).exists());
}

#[test]
fn f06_whatever_was_acknowledged_before_a_kill_is_there_after_it() {
    for round in 0..6_u64 {
        let desktop = Desktop::builder().start().unwrap();
        let mut halo = Halo::start(&desktop);
        let acknowledged = AtomicUsize::new(0);
        let over = AtomicBool::new(false);
        let asked = e2e::Halo::not_started(&desktop);
        let choice = |n: usize| (["busy", "meeting", "available"][n % 3], format!("choice number {n}"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 1..=30 {
                    let (status, message) = choice(n);
                    if asked.run(&["set", status, "--message", &message]).code != 0 {
                        break;
                    }
                    acknowledged.store(n, Ordering::SeqCst);
                }
                over.store(true, Ordering::SeqCst);
            });
            // At another point of a change each time: no two rounds fall at the same distance from an acknowledgement.
            let enough = usize::try_from(round).unwrap() * 5 + 2;
            wait_until(SOON, || acknowledged.load(Ordering::SeqCst) >= enough || over.load(Ordering::SeqCst));
            std::thread::sleep(Duration::from_micros(700 * round));
            halo.kill();
        });
        let last = acknowledged.load(Ordering::SeqCst);
        let halo = Halo::start(&desktop);
        let history = halo.json(&["history"]);
        let kept: Vec<_> = history.as_array().unwrap().iter().collect();
        for n in 1..=last {
            let (status, message) = choice(n);
            let is_it = |interval: &&serde_json::Value| interval["status"] == status && interval["message"] == *message;
            assert!(kept.iter().any(is_it), "{n} of {last} is lost: {history:#}");
        }
        // What was under way at the kill may be there or not; nothing comes after it.
        let now = halo.json(&["status"]);
        let possible = [choice(last), choice(last + 1)];
        assert!(possible.iter().any(|(status, _)| now["status"] == *status), "after {last}: {now}");
        assert!(kept.len() <= last + 2, "{history:#}");
    }
}
