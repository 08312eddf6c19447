//! A team's service is a hub like any other, once what was asked for has been there and back.

use std::time::{Duration, Instant};

use protocol::Reply;
use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::oneshot;

use super::*;
use crate::fake_service::{PATIENCE, Ring, Service, quick, this};
use crate::hub_suite::{Bench, every_law};

/// The hub, connected to a small service of the same process.
struct OverTheWire {
    hub: Remote,
    runtime: &'static Runtime,
    _entered: EnterGuard<'static>,
    _folder: tempfile::TempDir,
    _ticks: mpsc::Receiver<Tick>,
}

impl OverTheWire {
    fn new() -> Self {
        // It serves for as long as the test runs.
        let runtime: &Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
        let entered = runtime.enter();
        let folder = tempfile::tempdir().unwrap();
        let address = format!("http://{}", runtime.block_on(Service::new().listen()));
        let hub = RemoteHub::open(Setup {
            client: Arc::new(Client::trusting(address.parse().unwrap(), None)),
            folder: folder.path().to_owned(),
            device: this(),
            name: "ann".to_owned(),
            label: "Ann".to_owned(),
            policy: Policy::genesys(),
            boot_id: "this boot".to_owned(),
            tokens: Ring::with_token(),
            now: clock::now,
            wake: Arc::new(|| {}),
            timing: quick(),
        });
        let account = Account { service: address, name: "ann".to_owned(), this_run_only: false, trouble: None };
        let (ticks, heard) = mpsc::channel(1);
        let hub = Remote { hub, account, ticks };
        let mut bench = Self { hub, runtime, _entered: entered, _folder: folder, _ticks: heard };
        bench.settle();
        bench
    }

    fn wait_until(&mut self, holds: impl Fn(&Remote) -> bool) {
        let begin = Instant::now();
        loop {
            self.hub.advance(clock::now());
            if holds(&self.hub) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "waited in vain: {:?}", self.hub.hub.trouble());
            self.runtime.block_on(tokio::time::sleep(Duration::from_millis(2)));
        }
    }
}

impl Bench for OverTheWire {
    fn hub(&mut self) -> &mut dyn Hub {
        &mut self.hub
    }
    fn now(&self) -> Moment {
        clock::now()
    }
    fn settle(&mut self) {
        self.wait_until(|remote| remote.hub.waiting() == 0 && remote.connection() == Connection::Online);
    }
    fn until(&mut self, holds: &dyn Fn(&dyn Hub) -> bool) {
        self.wait_until(|remote| holds(remote));
    }
    fn wait(&mut self, answer: oneshot::Receiver<Reply>) -> Reply {
        self.runtime.block_on(answer).unwrap()
    }
}

every_law!(OverTheWire::new());

#[test]
fn the_doctor_says_what_of_a_newer_service_is_left_out() {
    let left_out =
        |said: &[(&str, usize)]| unknown(&said.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect());
    assert_eq!(left_out(&[]), None, "nothing is said of nothing");
    let check = left_out(&[("the message banner", 2), ("the fact moved_desk", 1)]).unwrap();
    assert_eq!(
        check.why,
        "it is newer than this Halo, which leaves out the fact moved_desk (1×), the message banner (2×)"
    );
    assert_eq!((check.part.as_str(), check.advice.as_deref()), ("service", Some("update Halo")));
}
