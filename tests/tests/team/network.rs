//! A real network that is cut: the service in a network namespace of its own, by TLS, at the other end of a cable (G12).

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use e2e::{Desktop, Halo, PASSWORD, SOON, TeamService, run_to_end, skip, wait_until};

use crate::support::{GRACE, QUICK, heard_again, patient, person, seen, statuses, until_seen};

/// The longest wait of a device before another attempt, and what that takes.
const RECONNECTED: Duration = Duration::from_secs(40);

/// A network namespace at the end of a cable. Dropping it removes both, and with it ends what runs there.
struct Place {
    name: String,
    /// Our end of the cable, and theirs.
    ours: String,
    theirs: String,
    address: String,
    service: Option<Child>,
}

impl Place {
    /// `None` where that is not permitted.
    fn new() -> Option<Self> {
        static PLACES: AtomicU32 = AtomicU32::new(0);
        let (process, nth) = (std::process::id(), PLACES.fetch_add(1, Ordering::Relaxed));
        // Of the range for measurements (RFC 2544), four addresses for each place of the tests that run at the same time.
        let id = process * 8 + nth;
        let net = format!("198.{}.{}.{}", 18 + (id >> 14 & 1), id >> 6 & 255, (id & 63) * 4);
        let [own, other] = [1, 2].map(|host| {
            let (start, last) = net.rsplit_once('.').expect("an address");
            format!("{start}.{}", last.parse::<u32>().expect("a number") + host)
        });
        let place = Self {
            name: format!("halo-{process}-{nth}"),
            ours: format!("halo{process}a{nth}"),
            theirs: format!("halo{process}b{nth}"),
            address: other,
            service: None,
        };
        ip(&["netns", "add", &place.name]).ok()?;
        let Self { name, ours, theirs, address, .. } = &place;
        ip(&["link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name]).ok()?;
        ip(&["addr", "add", &format!("{own}/30"), "dev", ours]).ok()?;
        ip(&["link", "set", ours, "up"]).ok()?;
        ip(&["-n", name, "addr", "add", &format!("{address}/30"), "dev", theirs]).ok()?;
        ip(&["-n", name, "link", "set", "lo", "up"]).ok()?;
        place.cable(true);
        Some(place)
    }

    /// Pulls the cable at the service's end, or puts it back.
    #[track_caller]
    fn cable(&self, there: bool) {
        let state = if there { "up" } else { "down" };
        ip(&["-n", &self.name, "link", "set", &self.theirs, state]).expect("a cable of ours");
    }

    /// Runs the service there.
    #[track_caller]
    fn serve(&mut self, service: &TeamService, certificates: &Certificates) {
        let port = service.port();
        let inner = service.command(&["serve"]);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(inner.get_program()).args(inner.get_args()).env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("HALO_SERVICE_LISTEN", format!("{}:{port}", self.address));
        command.env("HALO_SERVICE_TLS_CERTIFICATE", &certificates.certificate);
        command.env("HALO_SERVICE_TLS_KEY", &certificates.key);
        let log = fs::File::create(service.file("there.log")).expect("a log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.service = Some(command.spawn().expect("it can be started"));
        let address = format!("{}:{port}", self.address);
        let listens = wait_until(SOON, || TcpStream::connect(&address).is_ok());
        assert!(listens, "{}", fs::read_to_string(service.file("there.log")).unwrap_or_default());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut service) = self.service.take() {
            let _ = service.kill();
            let _ = service.wait();
        }
        // The cable goes with either end.
        let _ = ip(&["link", "del", &self.ours]);
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> anyhow::Result<String> {
    run_to_end(Command::new("ip").args(arguments))
}

/// An authority of this test's, and what it has certified.
struct Certificates {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    fn new(service: &TeamService, address: &str) -> Self {
        let file = |name: &str| service.file(name).to_str().expect("a name").to_owned();
        let openssl = |arguments: &[&str]| run_to_end(Command::new("openssl").args(arguments)).expect("openssl");
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let (ca, ca_key) = (file("ca.pem"), file("ca.key"));
        let (leaf, key, request, extensions) = (file("leaf.pem"), file("leaf.key"), file("leaf.csr"), file("leaf.ext"));
        let authority = ["req", "-x509", "-subj", "/CN=A test", "-keyout", &ca_key, "-out", &ca];
        openssl(&[&authority[..], &curve].concat());
        openssl(&[&["req", "-new", "-subj", "/CN=presence", "-keyout", &key, "-out", &request], &curve[..5]].concat());
        fs::write(&extensions, format!("subjectAltName=IP:{address}\nbasicConstraints=CA:FALSE\n")).expect("a file");
        let signed = ["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-days", "2"];
        openssl(&[&signed[..], &["-extfile", &extensions, "-out", &leaf]].concat());
        Self { authority: ca.into(), certificate: leaf.into(), key: key.into() }
    }
}

/// Two people whose service is behind a cable.
struct Office {
    place: Place,
    ada: (Desktop, Halo),
    /// Beside the service: what she sees does not pass the cable.
    grace: Beside,
    _service: TeamService,
}

/// Somebody whose device is in the service's namespace.
struct Beside {
    _desktop: Desktop,
    halo: Halo,
}

fn office(policy: &str) -> Option<Office> {
    let mut place = Place::new()?;
    let mut service = TeamService::start_with(&["ada", "grace"], policy);
    service.stop();
    let certificates = Certificates::new(&service, &place.address);
    place.serve(&service, &certificates);
    let url = format!("https://{}:{}", place.address, service.port());
    let authority = certificates.authority.to_str().expect("a name");

    let sign_in = |halo: &Halo, name: &str| {
        let said = halo.run_with(&["sign-in", &url, "--name", name], PASSWORD);
        assert_eq!(said.code, 0, "{said:?}\n{}", halo.log());
        halo.until_connected();
    };
    let desk = |name: &str, program: Option<PathBuf>| {
        let desktop = Desktop::builder().keyring(true).start().unwrap();
        let mut halo = Halo::not_started(&desktop).with_variable("HALO_CA_FILE", authority);
        if let Some(program) = program {
            halo = halo.in_place_of(program);
        }
        halo.start_again();
        sign_in(&halo, name);
        (desktop, halo)
    };
    // The programs of one who is beside the service run there as well.
    let beside = service.file("halo");
    let script = format!("#!/bin/sh\nexec ip netns exec {} '{}' \"$@\"\n", place.name, e2e::halo_program().display());
    let write = "printf '%s' \"$1\" > \"$0\" && chmod +x \"$0\"";
    run_to_end(Command::new("sh").args(["-c", write, beside.to_str().expect("a name"), &script])).unwrap();
    let ada = desk("ada", None);
    let (desktop, halo) = desk("grace", Some(beside));
    Some(Office { place, ada, grace: Beside { _desktop: desktop, halo }, _service: service })
}

const NOT_PERMITTED: &str = "no network namespace can be made here: that takes root, and the program ip";

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let Some(mut place) = Place::new() else { return skip(NOT_PERMITTED) };
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let certificates = Certificates::new(&service, &place.address);
    place.serve(&service, &certificates);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let halo = Halo::start(&desktop);
    let url = format!("https://{}:{}", place.address, service.port());
    let said = halo.run_with(&["sign-in", &url, "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.to_lowercase().contains("certificate"), "{said:?}");
    assert_eq!(halo.status()["connection"], "embedded");
}

#[test]
fn g12_a_cable_that_is_pulled_for_less_than_the_grace_changes_nothing() {
    let Some(office) = office(&patient()) else {
        return skip(NOT_PERMITTED);
    };
    let Office { place, ada: (_, ada), grace: Beside { halo: grace, .. }, .. } = &office;
    ada.set("meeting --for 1h --message Lund");
    until_seen(grace, "ada", "meeting", SOON);
    let what = |presence: &serde_json::Value| ["status", "until", "message"].map(|key| presence[key].clone());
    let before = what(&ada.status());

    place.cable(false);
    ada.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    until_seen(grace, "ada", "offline", SOON);
    // One's own device tells what the others see.
    ada.until_status("offline");
    // Made where nobody hears it, and sent once.
    ada.expect(&["message", "Room 4"]);
    place.cable(true);
    until_seen(grace, "ada", "meeting", RECONNECTED);
    ada.watch().until("connected", RECONNECTED, |presence| presence["connection"] == "online");
    let after = ada.status();
    assert_eq!((&after["status"], &after["until"], &after["message"]), (&before[0], &before[1], &"Room 4".into()));
    assert_eq!(person(grace, "ada")["message"], "Room 4");
}

#[test]
fn g12_a_cable_that_is_pulled_for_longer_is_offline_then_available_and_a_choice_arrives_once() {
    let Some(office) = office(QUICK) else { return skip(NOT_PERMITTED) };
    let Office { place, ada: (_, ada), grace: Beside { halo: grace, .. }, .. } = &office;
    ada.set("meeting");
    until_seen(grace, "ada", "meeting", SOON);
    heard_again();
    let past_the_grace = || {
        place.cable(false);
        until_seen(grace, "ada", "offline", SOON);
        let lost = Instant::now();
        while lost.elapsed() < GRACE {
            assert_eq!(seen(grace, "ada"), "offline");
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    past_the_grace();
    place.cable(true);
    until_seen(grace, "ada", "available", RECONNECTED);
    ada.watch().until("connected", RECONNECTED, |presence| presence["connection"] == "online");
    assert_eq!(statuses(ada), ["available", "meeting", "offline", "available"]);

    heard_again();
    place.cable(false);
    until_seen(grace, "ada", "offline", SOON);
    ada.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    ada.set("busy --message Later");
    assert_eq!(ada.status()["asked"], "busy");
    place.cable(true);
    until_seen(grace, "ada", "busy", RECONNECTED);
    let busy = ada.watch().until("connected", RECONNECTED, |presence| presence["connection"] == "online");
    assert_eq!((&busy["status"], &busy["message"], busy.get("asked")), (&"busy".into(), &"Later".into(), None));
    let shown = statuses(ada);
    assert_eq!(shown[..4], ["available", "meeting", "offline", "available"], "{shown:?}");
    assert_eq!(shown.iter().filter(|status| *status == "busy").count(), 1, "{shown:?}");
    assert_eq!(shown.last().map(String::as_str), Some("busy"), "{shown:?}");
}
