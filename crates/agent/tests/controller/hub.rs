//! The hub in memory is a hub like any other.

use agent::{Answer, Hub};
use presence::Moment;
use presence::Policy;
use protocol::Reply;
use tokio::sync::oneshot;

use crate::hub_suite::{Bench, every_law};
use crate::memory_hub::MemoryHub;
use crate::support::at;

struct Memory {
    hub: MemoryHub,
    seconds: std::cell::Cell<u64>,
}

impl Memory {
    fn new() -> Self {
        Self { hub: MemoryHub::signed_in(Policy::genesys(), at(0)), seconds: 0.into() }
    }
}

impl Bench for Memory {
    fn hub(&mut self) -> &mut dyn Hub {
        &mut self.hub
    }
    fn now(&self) -> Moment {
        self.seconds.update(|seconds| seconds + 1);
        at(self.seconds.get())
    }
}

every_law!(Memory::new());

#[test]
fn an_answer_goes_to_whoever_asked_and_else_back() {
    let (told, heard) = std::sync::mpsc::channel();
    let (reply, answer) = oneshot::channel::<Reply>();
    let to = Answer::to(reply, move |()| {
        told.send(()).unwrap();
        Reply::Done(None)
    });
    assert_eq!(to.give(Ok(())), None);
    assert_eq!((answer.blocking_recv(), heard.try_recv()), (Ok(Reply::Done(None)), Ok(())));
    let nobody = || Answer::to(oneshot::channel().0, |()| Reply::Done(None));
    assert_eq!(nobody().give(Ok(())), None);
    assert_eq!(nobody().give(Err("no".into())), Some("no".into()));
}
