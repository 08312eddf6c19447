//! The password and the token: in the keyring and nowhere else, whatever happens (D08).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use e2e::{Desktop, Halo, PASSWORD, SOON, TeamService, halo_program, wait_until};
use rustix::process::{Signal, kill_process};

use crate::support::{desk, proc_file, processes, resident};

/// A slip of the person's, perhaps the password of something else.
const WRONG: &str = "another password, wrong";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn hex(secret: &[u8]) -> String {
    secret.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

/// Without what the last, incomplete group would say: a secret in the middle of something else goes on.
fn base64(secret: &[u8]) -> String {
    let sextets = |group: &[u8]| {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(BASE64[(bits >> shift & 63) as usize]))
    };
    secret.chunks_exact(3).flat_map(sextets).collect()
}

/// Every way in which a secret may be written down.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    // In base64 it looks different at each of three offsets; what stands beside it is not known.
    let encoded = (0..3).map(|skipped| base64(&secret.as_bytes()[skipped..]));
    let url = (0..3).map(|skipped| base64(&secret.as_bytes()[skipped..]).replace('+', "-").replace('/', "_"));
    let wide = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let texts = [secret.to_owned(), hex(secret.as_bytes()), hex(secret.as_bytes()).to_uppercase()];
    texts.into_iter().chain(encoded).chain(url).map(String::into_bytes).chain([wide]).collect()
}

fn holds(bytes: &[u8], forms: &[Vec<u8>]) -> bool {
    forms.iter().any(|form| bytes.windows(form.len()).any(|part| part == form))
}

/// The files under `folder`, and how many of them there are, that hold a secret.
fn files(folder: &Path, forms: &[Vec<u8>], found: &mut BTreeSet<PathBuf>) -> usize {
    let mut read = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            read += files(&entry.path(), forms, found);
        } else if kind.is_file() {
            read += 1;
            if holds(&fs::read(entry.path()).unwrap_or_default(), forms) {
                found.insert(entry.path());
            }
        }
    }
    read
}

/// Where a secret can be read without a debugger: every file of the desktop, every process's arguments and variables.
fn places(desktop: &Desktop, forms: &[Vec<u8>]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let everything = desktop.home().parent().expect("a folder of its own").to_owned();
    assert!(files(&everything, forms, &mut found) > 5, "there are more files than that");
    found.append(&mut on_processes(desktop, forms));
    found
}

fn on_processes(desktop: &Desktop, forms: &[Vec<u8>]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for id in processes(desktop) {
        for name in ["cmdline", "environ", "comm"] {
            if holds(&proc_file(id, name), forms) {
                found.insert(PathBuf::from(format!("/proc/{}/{name}", id.as_raw_nonzero())));
            }
        }
    }
    found
}

fn token(desktop: &Desktop, service: &TeamService) -> String {
    let account = format!("ada@{}", service.url());
    let token = desktop.run("secret-tool", &["lookup", "service", "Halo", "username", &account]).unwrap();
    assert!(token.len() >= 32, "no token: {token}");
    token
}

fn is_nowhere(desktop: &Desktop, service: &TeamService, secret: &str, when: &str) {
    let forms = forms(secret);
    let found = places(desktop, &forms);
    assert!(found.is_empty(), "{when}: {found:?}");
    let mut found = BTreeSet::new();
    assert!(files(&service.file(""), &forms, &mut found) >= 2, "the service has a database and a log");
    assert!(found.is_empty(), "{when}, at the service: {found:?}");
}

#[test]
fn d08_neither_password_nor_token_can_be_read_anywhere_outside_the_keyring() {
    let mut service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let mut halo = Halo::start(&desktop);

    // While signing in, in the program that is asked as well.
    let passwords = [forms(PASSWORD), forms(WRONG)].concat();
    let signed_in = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !signed_in.load(Ordering::Relaxed) {
                seen.append(&mut on_processes(&desktop, &passwords));
            }
            seen
        });
        let refused = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], WRONG);
        assert!(refused.code == 1 && !refused.err.contains(WRONG), "{refused:?}");
        halo.sign_in(&service, "ada");
        signed_in.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    assert!(seen.is_empty(), "while signing in: {seen:?}");

    let first = token(&desktop, &service);
    let nowhere = |halo: &Halo, service: &TeamService, secrets: &[&str], when: &str| {
        for secret in secrets {
            is_nowhere(&desktop, service, secret, when);
            assert!(!holds(halo.log().as_bytes(), &forms(secret)), "{when}, in the log");
        }
    };
    nowhere(&halo, &service, &[PASSWORD, &first], "after the sign-in");

    // Everything that may write something down.
    halo.set("meeting");
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    for asked in [&["doctor"][..], &["doctor", "--json"], &["devices"], &["people"], &["config"], &["history"]] {
        let said = halo.run(asked);
        assert!(!holds(format!("{}{}", said.out, said.err).as_bytes(), &forms(&first)), "{asked:?}");
    }
    service.kill();
    halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    halo.set("busy");
    nowhere(&halo, &service, &[PASSWORD, WRONG, &first], "after some work");

    // A renewal: the old one and the new one.
    let soon = jiff::Timestamp::now().as_millisecond() + 10 * 24 * 3600 * 1000;
    let database = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
    assert_eq!(database.execute("UPDATE tokens SET ends = ?1", [soon]).unwrap(), 1);
    drop(database);
    service.start_again();
    assert!(wait_until(SOON, || token(&desktop, &service) != first), "not renewed");
    let second = token(&desktop, &service);
    halo.until_status("busy");
    nowhere(&halo, &service, &[PASSWORD, &first, &second], "after a renewal");

    halo.kill();
    nowhere(&halo, &service, &[PASSWORD, &first, &second], "after a crash");
    halo.start_again();
    halo.until_connected();
    halo.expect(&["restart"]);
    halo.until_connected();
    nowhere(&halo, &service, &[PASSWORD, &second], "after a restart");
    halo.expect(&["sign-out"]);
    nowhere(&halo, &service, &[PASSWORD, &second], "after the sign-out");

    // The search finds what there is to find.
    for form in forms(&second) {
        let file = desktop.cache_dir().join("found");
        fs::write(&file, [b"{\"token\":\"", &form[..], b"\"}"].concat()).unwrap();
        assert_eq!(places(&desktop, &forms(&second)), BTreeSet::from([file.clone()]));
        fs::remove_file(file).unwrap();
    }
    let mut careless = desktop.command("sleep").arg("1000").env("TOKEN", &second).spawn().unwrap();
    let found = wait_until(SOON, || places(&desktop, &forms(&second)).iter().any(|path| path.ends_with("environ")));
    careless.kill().and_then(|()| careless.wait()).unwrap();
    assert!(found, "a variable is not found");
}

#[test]
fn d08_for_this_run_only_the_token_is_in_no_file_and_goes_to_the_next_program_unseen() {
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.sign_in_with(&service, "ada", &["--this-run-only"]);
    // Nobody can say what the token is; whatever is as long and as random as one would be it.
    let handed_on = AtomicBool::new(false);
    let suspicious = |bytes: &[u8]| {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte);
        let words = bytes.split(|byte| !word(byte));
        let random = |part: &[u8]| {
            let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
            part.len() >= 40 && !part.contains(&b'/') && kinds.iter().all(|kind| part.iter().any(kind))
        };
        words.filter(|part| random(part)).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>()
    };
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !handed_on.load(Ordering::Relaxed) {
                for id in processes(&desktop) {
                    for name in ["cmdline", "environ"] {
                        seen.extend(suspicious(&proc_file(id, name)));
                    }
                }
            }
            seen
        });
        halo.expect(&["restart"]);
        halo.until_connected();
        handed_on.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    assert_eq!(seen, BTreeSet::new());
    assert_eq!(suspicious(b"TOKEN=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6\0").len(), 1, "one would be found");
    is_nowhere(&desktop, &service, PASSWORD, "after the restart");
    assert!(!desktop.data_dir().join("halo/account.toml").exists());
}

#[test]
fn d08_a_crash_while_signed_in_leaves_no_picture_of_the_token() {
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    // Where the limit can't be lifted nothing would dump core anyway; the limit of Halo itself still shows.
    let unlimited = desktop.home().join("unlimited");
    let script = format!("#!/bin/sh\nulimit -c unlimited 2>/dev/null\nexec '{}' \"$@\"\n", halo_program().display());
    let write = "printf '%s' \"$1\" > \"$0\" && chmod +x \"$0\"";
    desktop.run("sh", &["-c", write, unlimited.to_str().unwrap(), &script]).unwrap();
    let mut halo = Halo::not_started(&desktop).in_place_of(unlimited);
    halo.start_again();
    halo.sign_in(&service, "ada");
    let token = token(&desktop, &service);

    let id = resident(&desktop);
    let limits = String::from_utf8(proc_file(id, "limits")).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    // Less than a file can begin with: see crates/halo/src/core_dumps.rs.
    let [soft, hard] = [0, 1].map(|at| limit.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap());
    assert!(soft <= 1 && hard <= 1, "{limit}");

    kill_process(id, Signal::ABORT).unwrap();
    let gone = || matches!(&proc_file(id, "stat")[..], []) || proc_file(id, "cmdline").is_empty();
    assert!(wait_until(SOON, gone), "it goes on");
    halo.kill();
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let mut folders = vec![desktop.home()];
    if pattern.starts_with('/') {
        folders.extend(Path::new(pattern.trim()).parent().map(Path::to_owned));
    }
    for folder in folders {
        let id = id.as_raw_nonzero().to_string();
        let cores = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let cores: Vec<_> = cores.filter(|name| name.to_string_lossy().starts_with("core")).collect();
        assert!(!cores.iter().any(|name| name == "core" || name.to_string_lossy().contains(&id)), "{cores:?}");
    }
    is_nowhere(&desktop, &service, &token, "after the crash");
    halo.start_again();
    halo.until_connected();
}

#[test]
fn d08_what_a_service_keeps_signs_nobody_in() {
    let service = TeamService::start(&["ada"]);
    let (desktop, halo) = desk(&service, "ada");
    let token = token(&desktop, &service);
    // What the database says of the token and of the password is no password.
    let database = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
    let digest: Vec<u8> = database.query_row("SELECT digest FROM tokens", [], |row| row.get(0)).unwrap();
    let hash: String = database.query_row("SELECT password FROM persons", [], |row| row.get(0)).unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    assert!(digest.len() >= 32 && !token.as_bytes().windows(8).any(|part| holds(&digest, &[part.to_vec()])));
    halo.expect(&["sign-out"]);
    for stolen in [hash.as_str(), &hex(&digest)] {
        let said = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], stolen);
        assert_eq!((said.code, said.err.as_str()), (1, "halo: the name or the password is wrong"));
    }
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(service.file("data/halo.db")).unwrap());
    assert_eq!(mode & 0o077, 0, "others can read the database: {mode:o}");
}
