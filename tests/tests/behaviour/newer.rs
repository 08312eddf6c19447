//! Is there a newer Halo? Nobody is asked unless somebody wants it; then once a day, and only what is signed is believed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use e2e::{Desktop, Halo, SOON, wait_until};
use minisign::KeyPair;

use crate::support::{Notifications, TrayHost};

/// Where it is said which Halo is the newest, and what it was asked.
struct Releases {
    address: String,
    says: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<String>>>,
    keys: KeyPair,
}

impl Releases {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let address = format!("http://{}/halo.txt", listener.local_addr().expect("it has one"));
        let (says, asked) = (Arc::<Mutex<String>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (saying, asking) = (says.clone(), asked.clone());
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&connection).lines().map_while(Result::ok);
                let request: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                asking.lock().expect("nobody panics with it").push(request.join("\n"));
                let body = saying.lock().expect("nobody panics with it").clone();
                let length = body.len();
                let _ = write!(&connection, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            }
        });
        Self { address, says, asked, keys: KeyPair::generate_unencrypted_keypair().expect("there is chance") }
    }

    /// Says that this is the newest, and signs it.
    fn offer(&self, version: &str) {
        let words = format!("version = \"{version}\"\npage = \"https://halo.example/{version}\"\n");
        self.say(format!("{words}---\n{}", self.signature(&words)));
    }

    fn signature(&self, words: &str) -> String {
        let signed = minisign::sign(Some(&self.keys.pk), &self.keys.sk, words.as_bytes(), None, None);
        signed.expect("it can be signed").into_string()
    }

    fn say(&self, what: String) {
        *self.says.lock().expect("nobody panics with it") = what;
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with it").clone()
    }

    fn wanted_by(&self, halo: &Halo) {
        halo.expect(&["config", "updates.from", &self.address]);
        halo.expect(&["config", "updates.key", &self.keys.pk.to_base64()]);
    }
}

#[test]
fn whether_there_is_a_newer_one_is_believed_by_its_signature_only() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let releases = Releases::start();
    let unset = |words: &str| {
        let said = halo.run(&["newer"]);
        assert!(said.code == 4 && said.err.contains(words), "{said:?}");
    };
    unset("halo config updates.from ADDRESS");
    halo.expect(&["config", "updates.from", &releases.address]);
    unset("halo config updates.key KEY");
    halo.expect(&["config", "updates.key", "RWnonsense"]);
    releases.offer("99.0.0");
    assert!(halo.refused(&["newer"]).contains("updates.key is no public key"));

    releases.wanted_by(&halo);
    let said = halo.expect(&["newer"]);
    assert!(
        said.starts_with("There is Halo 99.0.0; this is ") && said.ends_with("https://halo.example/99.0.0"),
        "{said}"
    );
    releases.offer("0.0.1");
    assert!(halo.expect(&["newer"]).contains("is the newest there is"));

    // Of another hand, changed on the way, and not signed at all.
    let mallory = KeyPair::generate_unencrypted_keypair().unwrap();
    let words = "version = \"99.0.0\"\n";
    let forged = minisign::sign(Some(&mallory.pk), &mallory.sk, words.as_bytes(), None, None).unwrap().into_string();
    releases.say(format!("{words}---\n{forged}"));
    assert!(halo.refused(&["newer"]).contains("is not signed by the key of updates.key"));
    releases.say(format!("version = \"99.9.9\"\n---\n{}", releases.signature(words)));
    assert!(halo.refused(&["newer"]).contains("is not signed by the key of updates.key"));
    for nothing in [words, "<html>Log in to this network</html>", ""] {
        releases.say(nothing.to_owned());
        assert!(halo.refused(&["newer"]).contains("has something else than the newest Halo"));
    }
}

#[test]
fn once_a_day_is_asked_and_a_release_is_told_once() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let (_tray, notifications) = (TrayHost::start(&desktop), Notifications::start(&desktop));
    let releases = Releases::start();
    releases.offer("99.0.0");
    let mut halo = Halo::start(&desktop);
    releases.wanted_by(&halo);
    halo.quit();
    halo.start_again();
    let told = notifications.next_within(3 * SOON, "Halo");
    assert!(told.body.contains("Halo 99.0.0 can be installed"), "{told:?}");
    let asked = releases.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    // Nothing of the person or the computer is in it.
    let names: Vec<_> = asked[0].lines().skip(1).filter_map(|line| line.split(':').next()).collect();
    assert!(names.iter().all(|name| ["accept", "host", "user-agent"].contains(name)), "{asked:?}");
    assert!(asked[0].starts_with("GET /halo.txt HTTP/1.1\n"), "{asked:?}");

    // The next day: asked again, and not told again.
    let kept = desktop.data_dir().join("halo/newer.toml");
    let yesterday = fs::read_to_string(&kept).unwrap().replace("asked = \"20", "asked = \"19");
    halo.quit();
    fs::write(&kept, yesterday).unwrap();
    halo.start_again();
    assert!(wait_until(3 * SOON, || releases.asked().len() == 2), "{:?}", releases.asked());
    let day = fs::read_to_string(&kept).unwrap();
    halo.quit();
    halo.start_again();
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "Now"]), "shown");
    notifications.next("Mara");
    assert_eq!((releases.asked().len(), fs::read_to_string(&kept).unwrap()), (2, day));
}

#[test]
fn bad_input_an_answer_that_cant_be_believed_is_told_once_and_nobody_there_is_tried_again_in_an_hour() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let (_tray, notifications) = (TrayHost::start(&desktop), Notifications::start(&desktop));
    let releases = Releases::start();
    releases.say("version = \"99.9.9\"\n---\nnonsense".to_owned());
    let mut halo = Halo::start(&desktop);
    releases.wanted_by(&halo);
    halo.quit();
    halo.start_again();
    let told = notifications.next_within(3 * SOON, "Halo");
    assert!(told.body.contains("has something else than the newest Halo"), "{told:?}");
    let kept = desktop.data_dir().join("halo/newer.toml");
    assert!(fs::read_to_string(&kept).unwrap().contains("something else"));

    fs::remove_file(&kept).unwrap();
    halo.expect(&["config", "updates.from", "http://127.0.0.1:9/newest.txt"]);
    halo.quit();
    halo.start_again();
    let hours = || {
        let text = fs::read_to_string(&kept).ok()?;
        let asked = text.split('"').nth(1)?.parse::<jiff::Timestamp>().ok()?;
        Some(jiff::Timestamp::now().duration_since(asked).as_hours())
    };
    assert!(wait_until(3 * SOON, || hours() == Some(23)), "{:?}", hours());
}
