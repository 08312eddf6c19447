//! What an agent may rely on, whichever hub it speaks to. Each hub that there is passes these, in the crate that has it.

use std::time::Duration;

use agent::{Answer, Fetch, Hub};
use jiff::SignedDuration;
use presence::Moment;
use presence::{By, DeskSignal, End, Span, What};
use protocol::{HeldAs, Notice, NoticeKind, Reply};
use tokio::sync::oneshot;

/// A hub, with this device signed in and at Available, and the world around it.
pub trait Bench {
    /// The hub.
    fn hub(&mut self) -> &mut dyn Hub;
    /// What the device's clocks show.
    fn now(&self) -> Moment;
    /// Waits until all that was written is kept where it is to be kept in the end.
    fn settle(&mut self) {}
    /// Waits until something holds that may take a while to be heard of.
    fn until(&mut self, holds: &dyn Fn(&dyn Hub) -> bool) {
        assert!(holds(self.hub()), "this hub knows at once");
    }
    /// Waits until an answer is there.
    fn wait(&mut self, mut answer: oneshot::Receiver<Reply>) -> Reply {
        answer.try_recv().expect("this hub answers at once")
    }
}

/// Has a hub pass the suite: a test for each law, in a module for each hub.
macro_rules! every_law {
    ($bench:expr) => {
        $crate::hub_suite::every_law! { $bench =>
            g02_a_choice_shows_at_once_and_goes_on_to_show,
            c14_a_status_and_its_message_are_recorded_together,
            g06_a_lock_that_is_sensed_covers_the_status_until_it_ends,
            a_choice_with_an_end_says_when_the_answer_changes,
            d09_what_is_held_is_told_of_once_and_forgotten_when_asked,
            r07_a_correction_is_in_the_past_that_is_asked_for,
            a_history_that_is_deleted_is_gone_and_the_present_stays,
        }
    };
    ($bench:expr => $($law:ident,)+) => {
        $(
            #[test]
            fn $law() {
                $crate::hub_suite::$law(&mut $bench);
            }
        )+
    };
}
pub(crate) use every_law;

fn now(bench: &mut impl Bench) -> Moment {
    let now = bench.now();
    bench.hub().advance(now);
    bench.hub().clock(now)
}

fn ask(bench: &mut impl Bench, whats: Vec<What>) {
    let now = now(bench);
    bench.hub().ask_all(whats, now).unwrap();
}

fn chose(status: &str, until: Option<End>) -> What {
    What::Chose { status: status.into(), until, by: By::Person }
}

fn shown(bench: &mut impl Bench) -> String {
    let now = now(bench);
    bench.hub().effective(now.wall).status.as_str().to_owned()
}

pub fn g02_a_choice_shows_at_once_and_goes_on_to_show(bench: &mut impl Bench) {
    assert_eq!(shown(bench), "available");
    ask(bench, vec![chose("busy", None)]);
    assert_eq!(shown(bench), "busy");
    bench.settle();
    assert_eq!(shown(bench), "busy");
    ask(bench, vec![What::WentBack]);
    assert_eq!(shown(bench), "available");
    let device = bench.hub().device().clone();
    assert!(bench.hub().state().session(&device).is_some(), "it is this device that chose");
}

pub fn c14_a_status_and_its_message_are_recorded_together(bench: &mut impl Bench) {
    let text = Some("Back at noon".to_owned());
    ask(bench, vec![chose("meal", None), What::MessageSet { text: text.clone(), until: None }]);
    for _ in ["at once", "and once it is kept"] {
        let now = now(bench);
        let effective = bench.hub().effective(now.wall);
        assert_eq!((effective.status.as_str(), effective.message.map(|message| message.text)), ("meal", text.clone()));
        bench.settle();
    }
}

pub fn g06_a_lock_that_is_sensed_covers_the_status_until_it_ends(bench: &mut impl Bench) {
    let now = now(bench);
    let locks = |on| What::Desk { signal: DeskSignal::Lock, on, last_input: None };
    bench.hub().sense(now.wall, What::Knows { idle: false, lock: true, idle_after: None }, now);
    bench.hub().sense(now.wall, locks(true), now);
    assert_eq!(shown(bench), "away");
    bench.settle();
    assert_eq!(shown(bench), "away");
    bench.hub().sense(now.wall, locks(false), now);
    bench.settle();
    assert_eq!(shown(bench), "available");
}

pub fn a_choice_with_an_end_says_when_the_answer_changes(bench: &mut impl Bench) {
    let started = now(bench);
    let end = End { at: started.wall + SignedDuration::from_mins(30), fixed: false };
    ask(bench, vec![chose("meal", Some(end))]);
    bench.settle();
    let now = now(bench);
    let due = bench.hub().next_change(now).expect("a choice with an end ends");
    let ahead = due.abs_diff(started.boot + Duration::from_secs(30 * 60));
    assert!(ahead < Duration::from_secs(2), "it is looked again {ahead:?} too early or too late");
    let effective = bench.hub().effective(now.wall);
    assert_eq!((effective.status.as_str(), effective.until), ("meal", Some(end.at)));
}

fn holds(bench: &mut impl Bench, text: &str) {
    let now = now(bench);
    let notice = Notice { kind: NoticeKind::Chat, from: None, urgent: false, text: text.to_owned(), open: None };
    bench.hub().hold(&notice, HeldAs::Held, now).unwrap();
}

fn held(bench: &mut impl Bench) -> Vec<(String, bool)> {
    bench.hub().held().unwrap().into_iter().map(|item| (item.text, item.told)).collect()
}

pub fn d09_what_is_held_is_told_of_once_and_forgotten_when_asked(bench: &mut impl Bench) {
    let item = |text: &str, told| (text.to_owned(), told);
    for text in ["one", "two", "three"] {
        holds(bench, text);
    }
    assert_eq!(held(bench), [item("one", false), item("two", false), item("three", false)]);
    bench.settle();
    assert_eq!(held(bench), [item("one", false), item("two", false), item("three", false)]);
    let second = bench.hub().held().unwrap()[1].id;
    bench.hub().mark_told(second).unwrap();
    assert_eq!(held(bench), [item("one", true), item("two", true), item("three", false)]);
    assert!(bench.hub().forget_held(second).unwrap());
    bench.settle();
    assert!(!bench.hub().forget_held(second).unwrap(), "it is forgotten already");
    assert_eq!(held(bench), [item("one", true), item("three", false)]);
    assert_eq!(bench.hub().clear_held().unwrap(), 2);
    assert_eq!(held(bench), []);
    bench.settle();
    assert_eq!(held(bench), []);
    assert_eq!(bench.hub().clear_held().unwrap(), 0);
}

fn history(bench: &mut impl Bench) -> Vec<String> {
    let (reply, answer) = oneshot::channel();
    bench.hub().fetch(Fetch::History(Span::default(), Answer::to(reply, Reply::History)));
    match bench.wait(answer) {
        Reply::History(intervals) => intervals.into_iter().map(|one| one.status.as_str().to_owned()).collect(),
        other => panic!("no history: {other:?}"),
    }
}

fn recent(bench: &mut impl Bench) -> Vec<String> {
    statuses(bench.hub())
}

fn statuses(hub: &dyn Hub) -> Vec<String> {
    let recent = hub.recent(&Span::default()).unwrap();
    recent.into_iter().filter_map(|interval| Some(interval.status?.as_str().to_owned())).collect()
}

pub fn r07_a_correction_is_in_the_past_that_is_asked_for(bench: &mut impl Bench) {
    ask(bench, vec![chose("busy", None)]);
    bench.settle();
    ask(bench, vec![What::WentBack]);
    bench.settle();
    assert_eq!(recent(bench), ["available", "busy", "available"]);
    assert_eq!(history(bench), recent(bench));
    let busy = bench.hub().recent(&Span::default()).unwrap().swap_remove(1);
    let (from, to) = (busy.start, busy.end.unwrap());
    let reason = "it was a course".to_owned();
    ask(bench, vec![What::Corrected { from, to, status: "training".into(), reason }]);
    bench.settle();
    assert_eq!(recent(bench), ["available", "training", "available"]);
    assert_eq!(history(bench), recent(bench));
    assert_eq!(shown(bench), "available", "the present is left alone");
}

pub fn a_history_that_is_deleted_is_gone_and_the_present_stays(bench: &mut impl Bench) {
    for status in ["meal", "busy"] {
        ask(bench, vec![chose(status, None)]);
        bench.settle();
    }
    assert_eq!(recent(bench), ["available", "meal", "busy"]);
    let (reply, answer) = oneshot::channel();
    bench.hub().fetch(Fetch::DeleteHistory(Answer::to(reply, |()| Reply::Done(None))));
    assert_eq!(bench.wait(answer), Reply::Done(None));
    bench.until(&|hub| statuses(hub) == ["busy"]);
    assert_eq!(history(bench), ["busy"]);
    assert_eq!(shown(bench), "busy");
    let kept = bench.hub().kept_since().unwrap();
    assert!(kept.is_some_and(|kept| kept <= bench.now().wall), "what is kept begins with the present");
}
