use jiff::SignedDuration;

use super::*;

const LOGIND: LockSource = LockSource::Logind;
const MATE: LockSource = LockSource::ScreenSaver("org.mate.ScreenSaver");

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Seconds since boot, on a wall clock that began at midnight.
fn at(seconds: u64) -> Moment {
    Moment { wall: clock(seconds), boot: secs(seconds) }
}

fn clock(seconds: u64) -> Timestamp {
    let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    midnight + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}

/// Five minutes, with the last input at second 1000.
fn tracker() -> Tracker {
    let settings = Settings { idle_after: Some(secs(300)), countdown: secs(30), lock: true, watching: false };
    let mut tracker = Tracker::new(settings);
    tracker.hear(&Raw::IdleFor(secs(0)), at(1000));
    tracker.hear(&Raw::Lock { source: LOGIND, locked: Some(false), idle: None }, at(1000));
    tracker
}

fn lock(source: LockSource, locked: bool) -> Raw {
    Raw::Lock { source, locked: Some(locked), idle: None }
}

fn began(signal: DeskSignal, when: u64, last_input: u64) -> Sign {
    Sign::Began { signal, at: clock(when), last_input: Some(clock(last_input)) }
}

#[test]
fn d02_idleness_begins_at_the_last_input_not_at_the_threshold() {
    let mut tracker = tracker();
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(270)), at(1270)), [Sign::CountdownBegan(clock(1300))]);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(300)), input: true, screen: false });
    let signs = tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 1000, 1000)]);
    assert_eq!(tracker.arm(), Arm { idle_for: None, input: true, screen: false });
}

#[test]
fn d06_input_in_the_countdown_ends_it_and_coming_back_shows_at_the_first_input() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(270)), at(1270));
    assert_eq!(tracker.hear(&Raw::Input, at(1280)), [Sign::CountdownEnded]);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
    tracker.hear(&Raw::IdleFor(secs(300)), at(1580));
    assert_eq!(tracker.hear(&Raw::Input, at(1600)), [Sign::Ended(DeskSignal::Idle)]);
}

#[test]
fn c16_input_between_an_act_and_the_idle_time_does_not_make_it_longer() {
    let mut tracker = tracker();
    tracker.touched(at(1269));
    // The word of before the act comes after it, and somebody moves the mouse right then.
    tracker.hear(&Raw::IdleFor(secs(270)), at(1270));
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(539)), input: true, screen: false });
    tracker.hear(&Raw::Input, at(1271));
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
}

#[test]
fn d06_stay_gives_the_whole_idle_time_again() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(270)), at(1270));
    assert_eq!(tracker.touched(at(1280)), [Sign::CountdownEnded]);
    let arm = |idle_for| Arm { idle_for: Some(secs(idle_for)), input: true, screen: false };
    assert_eq!(tracker.arm(), arm(270), "there may have been input by the act");
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(280)), at(1280)), []);
    assert_eq!(tracker.arm(), arm(550), "there was none: 280 so far, and 270 from now on");
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(550)), at(1550)), [Sign::CountdownBegan(clock(1580))]);
    let signs = tracker.hear(&Raw::IdleFor(secs(580)), at(1580));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 1280, 1280)]);
}

#[test]
fn g19_hours_after_the_last_word_of_the_source_an_act_begins_no_more_than_the_idle_time() {
    let mut tracker = tracker();
    assert_eq!(tracker.touched(at(9000)), []);
    assert_eq!(tracker.arm().idle_for, Some(secs(270)));
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(270)), at(9300)), [Sign::CountdownBegan(clock(9330))]);
    assert_eq!(tracker.arm().idle_for, Some(secs(300)));
}

#[test]
fn d03_a_source_that_counts_from_now_is_no_proof_that_the_person_is_back() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    tracker.hear(&Raw::IdleUnknown("the compositor restarts".into()), at(1400));
    assert_eq!(tracker.hear(&Raw::IdleKnown, at(1401)), [Sign::Knows { idle: true, lock: true }]);
    assert_eq!(tracker.arm(), Arm { idle_for: None, input: true, screen: false });
    assert_eq!(tracker.hear(&Raw::Input, at(1500)), [Sign::Ended(DeskSignal::Idle)]);
}

#[test]
fn g19_a_source_that_counts_from_now_gives_the_whole_idle_time() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleUnknown("the compositor restarts".into()), at(9000));
    assert_eq!(tracker.hear(&Raw::IdleKnown, at(9001)), [Sign::Knows { idle: true, lock: true }]);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
    let signs = tracker.hear(&Raw::IdleFor(secs(300)), at(9301));
    assert_eq!(signs, [began(DeskSignal::Idle, 9001, 9001)]);
}

#[test]
fn d01_a_lock_that_resets_the_idle_counter_does_not_end_away() {
    let mut tracker = tracker();
    let locked = Raw::Lock { source: LOGIND, locked: Some(true), idle: Some(secs(90)) };
    assert_eq!(tracker.hear(&locked, at(1100)), [began(DeskSignal::Lock, 1100, 1010)]);
    assert_eq!(tracker.hear(&Raw::Input, at(1101)), []);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(0)), at(1102)), []);
}

#[test]
fn d03_back_means_unlocked_and_input_after_that() {
    let mut tracker = tracker();
    tracker.hear(&lock(LOGIND, true), at(1100));
    assert_eq!(tracker.hear(&lock(LOGIND, false), at(1200)), []);
    assert!(tracker.arm().input);
    assert_eq!(tracker.hear(&Raw::Input, at(1201)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn c05_after_an_act_on_a_locked_screen_the_next_lock_is_a_new_one() {
    let mut tracker = tracker();
    tracker.hear(&lock(LOGIND, true), at(1100));
    assert_eq!(tracker.touched(at(1110)), []);
    assert_eq!(tracker.hear(&lock(LOGIND, false), at(1120)), [Sign::Ended(DeskSignal::Lock)]);
    assert_eq!(tracker.hear(&Raw::Input, at(1125)), []);
    assert_eq!(tracker.hear(&lock(LOGIND, true), at(1126)), [began(DeskSignal::Lock, 1126, 1125)]);
}

#[test]
fn d03_where_idle_is_unknown_unlocking_alone_means_back() {
    let mut tracker = tracker();
    let signs = tracker.hear(&Raw::IdleUnknown("gone".into()), at(1010));
    assert_eq!(signs, [Sign::Knows { idle: false, lock: true }]);
    let began = Sign::Began { signal: DeskSignal::Lock, at: clock(5000), last_input: None };
    assert_eq!(tracker.hear(&lock(LOGIND, true), at(5000)), [began]);
    assert_eq!(tracker.hear(&lock(LOGIND, false), at(5200)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn d03_waking_is_not_being_back_without_input() {
    let mut tracker = tracker();
    let signs = tracker.hear(&Raw::Sleep { asleep: true, idle: Some(secs(20)) }, at(1100));
    assert_eq!(signs, [began(DeskSignal::Sleep, 1100, 1080)]);
    assert_eq!(tracker.hear(&Raw::Sleep { asleep: false, idle: None }, at(1200)), []);
    assert_eq!(tracker.hear(&Raw::Input, at(1201)), [Sign::Ended(DeskSignal::Sleep)]);
}

#[test]
fn d07_a_sleep_longer_than_the_idle_time_is_idleness_too() {
    let mut tracker = tracker();
    tracker.hear(&Raw::Sleep { asleep: true, idle: Some(secs(20)) }, at(1100));
    assert_eq!(tracker.hear(&Raw::Sleep { asleep: false, idle: None }, at(9000)), []);
    let signs = tracker.hear(&Raw::IdleFor(secs(7920)), at(9000));
    assert_eq!(signs, [began(DeskSignal::Idle, 1080, 1080)]);
    let back = [Sign::Ended(DeskSignal::Idle), Sign::Ended(DeskSignal::Sleep)];
    assert_eq!(tracker.hear(&Raw::Input, at(9001)), back);
}

#[test]
fn d01_a_machine_that_wakes_locked_is_locked() {
    let mut tracker = tracker();
    tracker.hear(&Raw::Sleep { asleep: true, idle: None }, at(1100));
    tracker.hear(&lock(LOGIND, true), at(1100));
    let signs = tracker.hear(&Raw::Sleep { asleep: false, idle: None }, at(1150));
    assert_eq!(signs, [Sign::Ended(DeskSignal::Sleep)]);
    tracker.hear(&lock(LOGIND, false), at(1160));
    assert_eq!(tracker.hear(&Raw::Input, at(1161)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn locked_if_any_source_says_so_and_a_source_that_goes_says_nothing() {
    let mut tracker = tracker();
    tracker.hear(&lock(MATE, true), at(1100));
    assert_eq!(tracker.hear(&lock(LOGIND, false), at(1101)), []);
    assert_eq!(tracker.is_locked(), Some(true));
    tracker.hear(&Raw::Lock { source: MATE, locked: None, idle: None }, at(1102));
    assert_eq!(tracker.is_locked(), Some(false));
    assert_eq!(tracker.hear(&Raw::Input, at(1103)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn d03_a_dead_idle_source_is_no_proof_that_the_person_is_back() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    let signs = tracker.hear(&Raw::IdleUnknown("the X server went away".into()), at(1400));
    assert_eq!(signs, [Sign::Knows { idle: false, lock: true }]);
    let signs = tracker.hear(&Raw::IdleFor(secs(2)), at(1500));
    assert_eq!(signs, [Sign::Ended(DeskSignal::Idle), Sign::Knows { idle: true, lock: true }]);
}

#[test]
fn with_auto_away_off_nothing_is_armed() {
    let mut tracker = tracker();
    tracker.set(Settings { idle_after: None, countdown: secs(30), lock: true, watching: false }, at(1001));
    assert_eq!(tracker.arm(), Arm::default());
}

#[test]
fn d06_after_a_thousand_flaps_the_last_state_is_right() {
    let mut tracker = tracker();
    let mut balance = 0;
    for flap in 0..1000 {
        for sign in tracker.hear(&lock(MATE, flap % 2 == 0), at(1100)) {
            balance += if matches!(sign, Sign::Began { .. }) { 1 } else { -1 };
        }
    }
    assert_eq!(balance, 1, "unlocked, but no input yet");
    assert_eq!(tracker.hear(&Raw::Input, at(1101)), [Sign::Ended(DeskSignal::Lock)]);
}

/// One that was started anew while the person was away in this way.
fn started_anew(on: DeskSignal) -> Tracker {
    let settings = Settings { idle_after: Some(secs(300)), countdown: secs(30), lock: true, watching: false };
    let mut tracker = Tracker::new(settings);
    tracker.resume([on], false, true, true);
    tracker
}

#[test]
fn f06_a_restart_while_locked_says_nothing_whichever_back_end_speaks_first() {
    let idle = Raw::IdleFor(secs(1));
    let (unlocked, locked) = (lock(LOGIND, false), lock(MATE, true));
    let gone = Raw::Lock { source: LOGIND, locked: None, idle: None };
    for order in [[&idle, &unlocked, &locked], [&unlocked, &locked, &idle], [&gone, &locked, &idle]] {
        let mut tracker = started_anew(DeskSignal::Lock);
        let signs: Vec<_> = order.into_iter().flat_map(|raw| tracker.hear(raw, at(2000))).collect();
        assert_eq!(signs, [], "{order:?}");
    }
}

#[test]
fn f06_a_restart_while_idle_says_nothing_whichever_back_end_speaks_first() {
    let (idle, from_now, unlocked) = (Raw::IdleFor(secs(400)), Raw::IdleKnown, lock(LOGIND, false));
    for order in [[&idle, &unlocked], [&unlocked, &idle], [&from_now, &unlocked], [&unlocked, &from_now]] {
        let mut tracker = started_anew(DeskSignal::Idle);
        let signs: Vec<_> = order.into_iter().flat_map(|raw| tracker.hear(raw, at(2000))).collect();
        assert_eq!(signs, [], "{order:?}");
    }
}

#[test]
fn what_no_back_end_tells_anew_after_a_restart_is_unknown_in_the_end() {
    let mut tracker = started_anew(DeskSignal::Lock);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(1)), at(2000)), []);
    let signs = tracker.hear(&Raw::IdleFor(secs(12)), at(2011));
    assert_eq!(signs, [Sign::Knows { idle: true, lock: false }]);
    let mut tracker = started_anew(DeskSignal::Lock);
    assert_eq!(tracker.hear(&Raw::Input, at(2000)), [Sign::Ended(DeskSignal::Lock)], "no one is away for ever");
    let mut tracker = started_anew(DeskSignal::Lock);
    let differs = tracker.hear(&Raw::IdleUnknown("gone".to_owned()), at(2000));
    assert_eq!(differs, [Sign::Knows { idle: false, lock: true }]);
}

#[test]
fn what_is_heard_of_something_else_proves_nobody_idle_who_has_typed_all_along() {
    // The source tells a threshold, not each key: it has said nothing, for none was reached.
    let heard = |raw: Raw| tracker().hear(&raw, at(5000));
    assert_eq!(heard(Raw::Call { busy: Some(true) }), []);
    assert_eq!(heard(Raw::ScreenKept(false)), []);
    assert_eq!(heard(lock(MATE, false)), []);
    assert_eq!(heard(Raw::Sleep { asleep: false, idle: None }), []);
    let locked = Sign::Began { signal: DeskSignal::Lock, at: clock(5000), last_input: None };
    assert_eq!(heard(lock(MATE, true)), [locked], "nobody has measured it");
}

#[test]
fn whoever_goes_to_another_session_of_theirs_is_there_and_their_input_unknown() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(270)), at(1270));
    let signs = tracker.hear(&Raw::Elsewhere(true), at(1280));
    assert_eq!(signs, [Sign::CountdownEnded, Sign::Knows { idle: false, lock: true }]);
    assert_eq!(tracker.arm(), Arm::default(), "this screen's input is nobody's");
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(4000)), at(5000)), [], "C08: unknown is not idle");
    // Its saver comes on behind, which is no lock of the person.
    assert_eq!(tracker.hear(&lock(MATE, true), at(5001)), []);
    assert_eq!(tracker.is_locked(), Some(false));
    // They come back, and past that lock.
    tracker.hear(&lock(MATE, false), at(5999));
    assert_eq!(tracker.hear(&Raw::Elsewhere(false), at(6000)), [Sign::Knows { idle: true, lock: true }]);
    assert_eq!(tracker.arm().idle_for, Some(secs(270)), "the idle time begins anew");
}

#[test]
fn d03_whoever_locks_their_other_session_is_away_until_it_is_unlocked() {
    let mut tracker = tracker();
    tracker.hear(&Raw::Elsewhere(true), at(1100));
    let began = Sign::Began { signal: DeskSignal::Lock, at: clock(1500), last_input: None };
    assert_eq!(tracker.hear(&lock(LOGIND, true), at(1500)), [began]);
    assert_eq!(tracker.hear(&lock(LOGIND, false), at(1600)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn d01_whoever_comes_to_a_locked_session_of_theirs_is_away_until_it_is_open() {
    let mut tracker = tracker();
    tracker.hear(&Raw::Elsewhere(true), at(1100));
    let began = Sign::Began { signal: DeskSignal::Lock, at: clock(1500), last_input: None };
    assert_eq!(tracker.hear(&lock(LOGIND, true), at(1500)), [began]);
    assert_eq!(tracker.hear(&Raw::Elsewhere(false), at(1500)), [Sign::Knows { idle: true, lock: true }]);
    tracker.hear(&lock(LOGIND, false), at(1510));
    assert_eq!(tracker.hear(&Raw::Input, at(1511)), [Sign::Ended(DeskSignal::Lock)]);
}

#[test]
fn d03_a_logind_that_dies_proves_nobody_back() {
    let mut tracker = tracker();
    tracker.hear(&Raw::Elsewhere(true), at(1100));
    tracker.hear(&lock(LOGIND, true), at(1500));
    tracker.hear(&Raw::Lock { source: LOGIND, locked: None, idle: None }, at(1600));
    let signs = tracker.hear(&Raw::Elsewhere(false), at(1600));
    assert!(!signs.contains(&Sign::Ended(DeskSignal::Lock)), "{signs:?}");
}

#[test]
fn g19_input_after_an_act_begins_the_idle_time_whatever_the_counter_was_at() {
    let mut tracker = tracker();
    // A script chooses, after nearly the idle time without input.
    tracker.hear(&Raw::IdleFor(secs(270)), at(1270));
    tracker.touched(at(1280));
    tracker.hear(&Raw::IdleFor(secs(280)), at(1280));
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(550)), input: true, screen: false });
    assert_eq!(tracker.hear(&Raw::Input, at(1290)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
    tracker.hear(&Raw::IdleFor(secs(270)), at(1560));
    let signs = tracker.hear(&Raw::IdleFor(secs(300)), at(1590));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 1290, 1290)]);
}

#[test]
fn d02_input_that_is_told_late_was_when_it_was() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    // They came, typed until second 1500, and this program was stopped until second 1600.
    assert_eq!(tracker.hear(&Raw::InputAgo(secs(100)), at(1600)), [Sign::Ended(DeskSignal::Idle)]);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
    tracker.hear(&Raw::IdleFor(secs(270)), at(1770));
    let signs = tracker.hear(&Raw::IdleFor(secs(300)), at(1800));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 1500, 1500)]);
}

#[test]
fn d03_whoever_came_and_has_gone_again_before_it_is_heard_is_not_back() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    assert_eq!(tracker.hear(&Raw::InputAgo(secs(300)), at(1800)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: None, input: true, screen: false });
    assert_eq!(tracker.hear(&Raw::Input, at(1900)), [Sign::Ended(DeskSignal::Idle)]);
    // From behind a lock they were back, and left without locking it again.
    tracker.hear(&lock(LOGIND, true), at(2000));
    tracker.hear(&lock(LOGIND, false), at(2100));
    let signs = tracker.hear(&Raw::InputAgo(secs(400)), at(2600));
    assert_eq!(signs, [Sign::Ended(DeskSignal::Lock), began(DeskSignal::Idle, 2200, 2200)]);
}

const BUSY: Raw = Raw::Call { busy: Some(true) };
const FREE: Raw = Raw::Call { busy: Some(false) };

/// On a call since second 1010, with the last input at second 1000.
fn on_a_call() -> Tracker {
    let mut tracker = tracker();
    tracker.hear(&BUSY, at(1010));
    assert_eq!(tracker.look(at(1012)), [Sign::Call { on: true, at: clock(1010) }]);
    tracker
}

#[test]
fn c16_whoever_does_nothing_after_a_call_is_idle_one_idle_time_after_its_end() {
    let mut tracker = on_a_call();
    assert_eq!(tracker.arm().idle_for, None, "nobody leaves during a call");
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(1000)), at(2000)), []);
    assert_eq!(tracker.hear(&FREE, at(5000)), []);
    assert_eq!(tracker.look(at(5002)), [Sign::Call { on: false, at: clock(5000) }]);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: true, screen: false });
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(4002)), at(5002)), []);
    assert_eq!(tracker.arm().idle_for, Some(secs(4270)));
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(4270)), at(5270)), [Sign::CountdownBegan(clock(5300))]);
    let signs = tracker.hear(&Raw::IdleFor(secs(4300)), at(5300));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 5000, 5000)]);
}

#[test]
fn c16_input_after_a_call_begins_the_idle_time_anew() {
    let mut tracker = on_a_call();
    tracker.hear(&FREE, at(5000));
    tracker.look(at(5002));
    tracker.hear(&Raw::IdleFor(secs(4002)), at(5002));
    assert_eq!(tracker.hear(&Raw::Input, at(5100)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: false });
}

#[test]
fn d01_a_lock_outweighs_a_call_and_a_call_brings_nobody_back() {
    let mut tracker = on_a_call();
    assert_eq!(tracker.hear(&lock(MATE, true), at(2000)), [began(DeskSignal::Lock, 2000, 2000)]);
    let mut tracker = self::tracker();
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    tracker.hear(&BUSY, at(1400));
    assert_eq!(tracker.look(at(1402)), [Sign::Call { on: true, at: clock(1400) }]);
    assert!(tracker.arm().input, "D03: still gone, as far as the hands go");
    assert_eq!(tracker.hear(&Raw::Input, at(1500)), [Sign::Ended(DeskSignal::Idle)]);
}

#[test]
fn a_countdown_ends_with_the_call_that_begins_in_it() {
    let mut tracker = tracker();
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(270)), at(1270)), [Sign::CountdownBegan(clock(1300))]);
    tracker.hear(&BUSY, at(1280));
    assert_eq!(tracker.look(at(1282)), [Sign::CountdownEnded, Sign::Call { on: true, at: clock(1280) }]);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(300)), at(1300)), []);
}

fn wishes(lock: bool, watching: bool) -> Settings {
    Settings { idle_after: Some(secs(300)), countdown: secs(30), lock, watching }
}

#[test]
fn new_wishes_forget_a_film_only_where_films_no_longer_count() {
    let mut tracker = tracker();
    tracker.set(wishes(true, true), at(1000));
    tracker.hear(&Raw::ScreenKept(true), at(1001));
    tracker.set(wishes(true, true), at(1002));
    assert_eq!(tracker.arm().idle_for, None, "the film goes on");
    tracker.set(wishes(true, false), at(1003));
    tracker.set(wishes(true, true), at(1004));
    assert_eq!(tracker.next_look(), Some(secs(1010)), "whether there is one must be heard anew");
    tracker.hear(&Raw::ScreenKept(true), at(1011));
    tracker.set(wishes(true, true), at(1012));
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(311)), at(1311)), [], "the film goes on, long after it was awaited");
}

#[test]
fn a_pause_forgets_everything_that_was_heard() {
    let mut tracker = tracker();
    tracker.hear(&lock(MATE, true), at(1100));
    tracker.hear(&lock(MATE, false), at(1110));
    tracker.hear(&Raw::Input, at(1111));
    tracker.hear(&Raw::IdleFor(secs(270)), at(1381));
    assert_eq!(tracker.forget(), [Sign::CountdownEnded]);
    assert_eq!((tracker.arm(), tracker.is_locked()), (Arm::default(), None));
    let knows = Sign::Knows { idle: true, lock: false };
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(0)), at(5000)), [knows], "as in the beginning");
}

#[test]
fn a_counter_that_is_off_by_a_few_milliseconds_has_seen_no_input() {
    let away = || {
        let mut tracker = tracker();
        tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
        tracker.set(Settings { idle_after: Some(secs(600)), ..wishes(true, false) }, at(1300));
        tracker
    };
    let idle = |milliseconds| Raw::IdleFor(Duration::from_millis(milliseconds));
    assert_eq!(away().hear(&idle(300_000), at(1300)), []);
    assert_eq!(away().hear(&idle(299_995), at(1300)), []);
    assert_eq!(away().hear(&idle(299_994), at(1300)), [Sign::Ended(DeskSignal::Idle)]);
}

#[test]
fn what_was_told_anew_after_a_restart_is_awaited_no_longer() {
    let mut tracker = started_anew(DeskSignal::Lock);
    assert_eq!(tracker.hear(&lock(LOGIND, true), at(2000)), []);
    let gone = Raw::Lock { source: LOGIND, locked: None, idle: None };
    assert_eq!(tracker.hear(&gone, at(2001)), [Sign::Knows { idle: true, lock: false }]);
    // Until ten seconds have passed, and not only nearly.
    let mut tracker = started_anew(DeskSignal::Lock);
    tracker.hear(&Raw::Call { busy: None }, at(2000));
    assert_eq!(tracker.hear(&Raw::Call { busy: None }, at(2010)), []);
    let signs = tracker.hear(&Raw::Call { busy: None }, at(2011));
    assert!(signs.contains(&Sign::Knows { idle: false, lock: false }), "{signs:?}");
}

#[test]
fn c08_where_idle_is_unknown_what_a_sleep_measured_makes_nobody_idle() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleUnknown("gone".into()), at(1010));
    let signs = tracker.hear(&Raw::Sleep { asleep: true, idle: Some(secs(400)) }, at(1400));
    assert_eq!(signs.len(), 1, "{signs:?}");
    assert!(matches!(signs[0], Sign::Began { signal: DeskSignal::Sleep, .. }), "{signs:?}");
}

#[test]
fn a_lock_that_does_not_count_ends_and_one_that_counts_again_begins() {
    let mut tracker = tracker();
    tracker.hear(&lock(LOGIND, true), at(1001));
    assert_eq!(tracker.set(wishes(false, false), at(1002)), [Sign::Ended(DeskSignal::Lock)]);
    assert_eq!(tracker.hear(&lock(MATE, true), at(1003)), [Sign::Knows { idle: true, lock: false }]);
    let signs = tracker.set(wishes(true, false), at(1004));
    assert!(matches!(signs[..], [Sign::Began { signal: DeskSignal::Lock, .. }]), "{signs:?}");
}

#[test]
fn d03_a_machine_that_sleeps_is_not_awake_by_a_word_on_its_lock() {
    let mut tracker = tracker();
    tracker.hear(&Raw::IdleUnknown("gone".into()), at(1010));
    tracker.hear(&Raw::Sleep { asleep: true, idle: None }, at(1100));
    assert_eq!(tracker.hear(&lock(MATE, false), at(1100)), []);
    assert_eq!(tracker.hear(&Raw::Sleep { asleep: false, idle: None }, at(1200)), [Sign::Ended(DeskSignal::Sleep)]);
}

#[test]
fn d03_wishes_about_the_lock_bring_back_nobody_who_is_idle() {
    let mut tracker = tracker();
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(300)), at(1300)).last(), Some(&began(DeskSignal::Idle, 1000, 1000)));
    assert_eq!(tracker.set(wishes(false, false), at(1301)), []);
    assert!(!tracker.hear(&lock(LOGIND, false), at(1302)).contains(&Sign::Ended(DeskSignal::Idle)));
}
