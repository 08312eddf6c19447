//! Secrets: in the keyring only, asked for through a helper, whatever the keyring does (D08).
//!
//! The keyring is GNOME's own, and so is the window in which it asks for its password.

use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use e2e::{Desktop, Halo, KeyringPrompter, SOON, halo_program, keyring_program, skip, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const ACCOUNT: &str = "ada@https://presence.example";
const TOKEN: &str = "hush-5WQ0mJ3nT7";

/// `halo-keyring` with one question. Dropping it kills it, as the resident program does.
struct Asked(Child);

impl Asked {
    #[track_caller]
    fn start(desktop: &Desktop, question: &str) -> Self {
        let mut command = desktop.command(keyring_program());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut helper = command.spawn().expect("it can be started");
        let mut input = helper.stdin.take().expect("its input is ours");
        writeln!(input, "{question}").expect("it reads");
        Self(helper)
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// What it says within `limit`: one line, and nothing on its standard error.
    #[track_caller]
    fn answer_within(mut self, limit: Duration) -> Value {
        assert!(wait_until(limit, || self.has_ended()), "no answer within {limit:?}");
        assert_eq!(self.0.wait().expect("a process of ours can be waited for").code(), Some(0));
        let [said, complained] = [read(self.0.stdout.take()), read(self.0.stderr.take())];
        assert_eq!((said.lines().count(), complained.as_str()), (1, ""), "{said}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }
}

fn read(output: Option<impl Read>) -> String {
    let mut text = String::new();
    output.expect("its output is ours").read_to_string(&mut text).expect("it says text");
    text
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn ask(desktop: &Desktop, question: &Value) -> Value {
    Asked::start(desktop, &question.to_string()).answer_within(SOON)
}

fn get(account: &str) -> Value {
    json!({ "get": { "account": account } })
}

fn set(account: &str, secret: &str) -> Value {
    json!({ "set": { "account": account, "secret": secret } })
}

fn delete(account: &str) -> Value {
    json!({ "delete": { "account": account } })
}

fn probe() -> Value {
    json!("probe")
}

/// What kind of failure an answer is, if it is one.
fn kind(answer: &Value) -> &str {
    answer["failed"]["kind"].as_str().unwrap_or_default()
}

/// Whether a file under `folder` holds `words`.
fn mentions(folder: &Path, words: &str) -> bool {
    fs::read_dir(folder).expect("a folder of ours").flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => mentions(&entry.path(), words),
        Ok(kind) if kind.is_file() => {
            let held = fs::read(entry.path()).unwrap_or_default();
            held.windows(words.len()).any(|part| part == words.as_bytes())
        }
        _ => false,
    })
}

#[test]
fn d08_a_token_is_kept_in_the_keyring_read_replaced_and_forgotten() {
    let mut desktop = Desktop::builder().keyring(true).start().unwrap();
    assert_eq!(ask(&desktop, &probe()), "done");
    assert_eq!(ask(&desktop, &get(ACCOUNT)), "none");
    assert_eq!(ask(&desktop, &set(ACCOUNT, "the first")), "done");
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    assert_eq!(ask(&desktop, &get(ACCOUNT)), json!({ "secret": TOKEN }));
    let odd = "“quotes\"\\ and\nlines” ü";
    assert_eq!(ask(&desktop, &set("li@https://presence.example", odd)), "done");
    assert_eq!(ask(&desktop, &get("li@https://presence.example")), json!({ "secret": odd }));

    // Where a person finds it, and nowhere else.
    let found = desktop.run("secret-tool", &["lookup", "service", "Halo", "username", ACCOUNT]).unwrap();
    assert_eq!(found, TOKEN);
    let files = desktop.home().parent().unwrap().to_owned();
    assert!(!mentions(&files, TOKEN), "a file holds the token");

    desktop.stop_keyring();
    desktop.start_keyring().unwrap();
    assert_eq!(ask(&desktop, &get(ACCOUNT)), json!({ "secret": TOKEN }), "it is there after the next log-in");
    for _ in 0..2 {
        assert_eq!(ask(&desktop, &delete(ACCOUNT)), "done");
        assert_eq!(ask(&desktop, &get(ACCOUNT)), "none");
    }
    assert_eq!(ask(&desktop, &get("li@https://presence.example")), json!({ "secret": odd }), "another's stays");
}

#[test]
fn d08_after_a_sign_out_no_copy_is_left_even_if_another_program_has_made_one() {
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let copy = format!("printf copy | secret-tool store --label=copy service Halo username {ACCOUNT} of another");
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    desktop.run("sh", &["-c", &copy]).unwrap();
    assert_eq!(kind(&ask(&desktop, &get(ACCOUNT))), "other", "it is not guessed which is meant");
    assert_eq!(ask(&desktop, &delete(ACCOUNT)), "done");
    assert_eq!(ask(&desktop, &get(ACCOUNT)), "none");
}

#[test]
fn d08_no_keyring_is_said_in_words_at_once_and_one_that_comes_is_found() {
    let mut desktop = Desktop::builder().session_bus(true).start().unwrap();
    let is_missing = |desktop: &Desktop| {
        for question in [probe(), get(ACCOUNT), set(ACCOUNT, TOKEN), delete(ACCOUNT)] {
            let answer = Asked::start(desktop, &question.to_string()).answer_within(Duration::from_secs(2));
            assert_eq!(kind(&answer), "missing", "{question}: {answer}");
            let why = answer["failed"]["why"].as_str().unwrap();
            assert!(why.contains("no keyring answers") && why.contains("start one, such as GNOME Keyring"), "{why}");
            assert!(!why.contains(TOKEN), "{why}");
        }
    };
    is_missing(&desktop);
    desktop.start_keyring().unwrap();
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    desktop.stop_session_bus();
    is_missing(&desktop);
    desktop.start_session_bus().unwrap();
    desktop.start_keyring().unwrap();
    assert_eq!(ask(&desktop, &get(ACCOUNT)), json!({ "secret": TOKEN }));
}

#[test]
fn d08_a_keyring_that_the_bus_starts_by_its_own_name_only_is_started() {
    for name in ["org.kde.kwalletd6", "org.kde.kwalletd5"] {
        let desktop = Desktop::builder().session_bus(true).start().unwrap();
        desktop.start_keyring_on_demand(name).unwrap();
        assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done", "{name}");
        assert_eq!(ask(&desktop, &get(ACCOUNT)), json!({ "secret": TOKEN }), "{name}");
    }
}

#[test]
fn d08_a_keyring_service_that_has_no_keyring_yet_is_said_in_words() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    // As for a person whose log-in gives it no password: nothing is unlocked, and so nothing is made.
    let mut service = desktop.command("gnome-keyring-daemon");
    service.args(["--foreground", "--components=secrets"]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut service = service.stderr(Stdio::null()).spawn().unwrap();
    assert!(desktop.session_bus().wait_for_owner("org.freedesktop.secrets", SOON));
    assert_eq!(ask(&desktop, &get(ACCOUNT)), "none");
    assert_eq!(ask(&desktop, &delete(ACCOUNT)), "done");
    for question in [probe(), set(ACCOUNT, TOKEN)] {
        let answer = ask(&desktop, &question);
        assert_eq!(kind(&answer), "missing", "{answer}");
        assert!(answer["failed"]["why"].as_str().unwrap().contains("make one"), "{answer}");
    }
    service.kill().and_then(|()| service.wait()).unwrap();
}

#[test]
fn d08_a_locked_keyring_asks_the_person_and_whoever_waits_for_them_can_be_killed() {
    if !KeyringPrompter::is_installed() {
        return skip("no gcr-prompter is installed, with which GNOME's keyring asks for its password");
    }
    let desktop = Desktop::builder().display(true).keyring(true).start().unwrap();
    let _prompter = desktop.start_keyring_prompter().unwrap();
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    desktop.lock_keyring().unwrap();
    for question in [probe(), delete(ACCOUNT)] {
        assert_eq!(kind(&ask(&desktop, &question)), "locked", "{question}");
    }
    assert!(!desktop.keyring_asks(), "these disturb nobody");
    assert_eq!(ask(&desktop, &get("li@https://presence.example")), "none", "nothing to unlock it for");

    // Nobody is there. The question is not answered, and its secret can be seen by nobody.
    let mut asked = Asked::start(&desktop, &set(ACCOUNT, "another token").to_string());
    assert!(wait_until(SOON, || desktop.keyring_asks()), "nobody is asked");
    std::thread::sleep(Duration::from_secs(1));
    assert!(!asked.has_ended());
    for seen in ["cmdline", "environ"] {
        let text = fs::read(format!("/proc/{}/{seen}", asked.0.id())).unwrap();
        let text = String::from_utf8_lossy(&text).replace('\0', " ");
        assert!(text.contains("halo"), "{seen}: {text}");
        assert!(!text.contains("another token") && !text.contains(ACCOUNT), "{seen}: {text}");
    }
    drop(asked);

    // The window stays; who comes back and answers it has unlocked the keyring for the next question.
    assert!(desktop.keyring_asks());
    let unlocked = wait_until(SOON, || {
        desktop.type_keyring_password().unwrap();
        ask(&desktop, &probe()) == "done"
    });
    assert!(unlocked, "the password does not unlock it");
    assert_eq!(ask(&desktop, &get(ACCOUNT)), json!({ "secret": TOKEN }), "what was given up was not done");

    // Somebody is there.
    desktop.lock_keyring().unwrap();
    let mut asked = Asked::start(&desktop, &get(ACCOUNT).to_string());
    assert!(wait_until(SOON, || desktop.keyring_asks()), "nobody is asked");
    wait_until(SOON, || {
        desktop.type_keyring_password().unwrap();
        asked.has_ended()
    });
    assert_eq!(asked.answer_within(SOON), json!({ "secret": TOKEN }));
}

#[test]
fn d08_a_person_who_declines_to_unlock_the_keyring_is_understood() {
    if !KeyringPrompter::is_installed() {
        return skip("no gcr-prompter is installed, with which GNOME's keyring asks for its password");
    }
    let desktop = Desktop::builder().display(true).keyring(true).start().unwrap();
    let _prompter = desktop.start_keyring_prompter().unwrap();
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    desktop.lock_keyring().unwrap();
    for question in [get(ACCOUNT), set(ACCOUNT, "another"), set("li@https://presence.example", "new")] {
        let mut asked = Asked::start(&desktop, &question.to_string());
        assert!(wait_until(SOON, || desktop.keyring_asks()), "nobody is asked");
        wait_until(SOON, || {
            desktop.xdotool(&["key", "Escape"]).unwrap();
            asked.has_ended()
        });
        assert_eq!(kind(&asked.answer_within(SOON)), "dismissed", "{question}");
        assert!(wait_until(SOON, || !desktop.keyring_asks()), "it still asks");
    }
}

#[test]
fn d08_a_desktop_that_cannot_ask_the_person_fails_at_once() {
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    assert_eq!(ask(&desktop, &set(ACCOUNT, TOKEN)), "done");
    desktop.lock_keyring().unwrap();
    // GNOME's keyring tells this as if somebody had declined.
    for question in [get(ACCOUNT), set(ACCOUNT, "another")] {
        assert_eq!(kind(&ask(&desktop, &question)), "dismissed", "{question}");
    }
}

#[test]
fn d08_the_helper_ends_with_whoever_asked() {
    let desktop = Desktop::builder().start().unwrap();
    // It waits for a question that never comes.
    let mut asker = desktop
        .command("sh")
        .args(["-c", "exec 3<&0; \"$0\" <&3 & echo $!; wait"])
        .arg(keyring_program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut id = [0; 16];
    let length = asker.stdout.as_mut().unwrap().read(&mut id).unwrap();
    let helper = format!("/proc/{}/cmdline", std::str::from_utf8(&id[..length]).unwrap().trim());
    let runs = || fs::read_to_string(&helper).is_ok_and(|line| line.ends_with("halo-keyring\0"));
    // Seen as what it is only after its start.
    assert!(wait_until(SOON, runs), "the helper does not run");
    std::thread::sleep(Duration::from_millis(300));
    assert!(runs());
    asker.kill().and_then(|()| asker.wait()).unwrap();
    assert!(wait_until(SOON, || !runs()), "the helper is left");
}

#[test]
fn d08_the_helper_is_not_for_people_and_never_quotes_what_it_is_told() {
    let desktop = Desktop::builder().start().unwrap();
    let refused = desktop.command(keyring_program()).arg(TOKEN).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "a secret as an argument is refused: {said}");
    assert!(said.contains("For people there is: halo") && !said.contains(TOKEN), "{said}");
    let set_as_number = format!(r#"{{"set":{{"account":"{ACCOUNT}","secret":["{TOKEN}"]}}}}"#);
    for nonsense in ["", "{", &format!("\"{TOKEN}\""), &set_as_number] {
        let answer = Asked::start(&desktop, nonsense).answer_within(SOON);
        assert_eq!(kind(&answer), "other", "{answer}");
        assert!(!answer.to_string().contains(TOKEN), "{answer}");
    }
}

#[test]
fn d08_a_crash_of_the_resident_program_leaves_no_picture_of_its_memory() {
    let desktop = Desktop::builder().start().unwrap();
    // Where the limit can't be lifted nothing would dump core anyway; the limit of Halo itself still shows.
    let unlimited = |program: &Path| {
        let mut command = desktop.command("sh");
        command.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\""]).arg(program);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let crash = |child: &mut Child| {
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(id, Signal::ABORT).unwrap();
        let ended = child.wait().unwrap();
        assert_eq!(ended.signal(), Some(Signal::ABORT.as_raw()));
        ended.core_dumped()
    };
    let core_files = || {
        let entries = fs::read_dir(desktop.home()).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("core")).count()
    };

    let mut resident = unlimited(&halo_program()).arg("run").spawn().unwrap();
    let halo = Halo::not_started(&desktop);
    assert!(wait_until(SOON, || halo.run(&["status"]).code == 0), "it does not run");
    let limits = fs::read_to_string(format!("/proc/{}/limits", resident.id())).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    // Less than a file can begin with, and, but for zero, what the kernel takes as “to no program either”.
    let [soft, hard] = [0, 1].map(|at| limit.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap());
    assert!(soft <= 1 && hard <= 1, "{limit}");
    assert!(!crash(&mut resident), "it dumped core");
    assert_eq!(core_files(), 0);

    // The same crash of a program that forbids nothing, where that leaves a file here.
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if !pattern.starts_with(['|', '@', '/']) {
        let mut sleeper = unlimited(Path::new("sleep")).arg("1000").spawn().unwrap();
        let began = Instant::now();
        let name = || fs::read_to_string(format!("/proc/{}/comm", sleeper.id())).unwrap_or_default();
        while name().trim() != "sleep" && began.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(10));
        }
        let dumped = crash(&mut sleeper);
        assert_eq!(core_files(), usize::from(dumped), "the kernel and the folder disagree");
        println!("a program that forbids nothing dumped core: {dumped}");
    }
}
