//! The time zone: what `date` says, in every form of `TZ`, also when it changes while the program runs.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;

use e2e::{Desktop, halo_program};
use faults_support::{Halo, said, text};
use jiff::Timestamp;

const FORMS: [&str; 13] = [
    "Asia/Tokyo",
    ":Asia/Tokyo",
    "/usr/share/zoneinfo/Asia/Kolkata",
    ":/usr/share/zoneinfo/Asia/Kolkata",
    "America/St_Johns",
    "CST6CDT",
    "EST5",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "<+0545>-5:45",
    "UTC",
    "",
    "Mars/Base",
    "nonsense",
];

/// The time of day as `date` has it.
fn by_date(desktop: &Desktop, zone: &str, at: Timestamp) -> String {
    let mut date = desktop.command("date");
    said(date.env("TZ", zone).args(["-d", &format!("@{}", at.as_second()), "+%H:%M"])).out
}

#[test]
fn d07_times_are_those_of_date_in_every_form_of_tz() {
    for zone in FORMS {
        let desktop = Desktop::builder().start().unwrap();
        let halo = Halo::start_by(&desktop, desktop.command(halo_program()).arg("run").env("TZ", zone));
        let since: Timestamp = text(&halo.json(&["status"])["since"]).parse().unwrap();
        let right = by_date(&desktop, zone, since);
        // The resident program, and the command line.
        assert!(halo.does(&["status"]).starts_with(&format!("Available since {right}")), "{zone}: not {right}");
        let history = said(desktop.command(halo_program()).arg("history").env("TZ", zone)).out;
        assert!(history.trim_start().starts_with(&right), "{zone}: not {right} but {history}");

        // An end in some time, as this zone's clocks will show it.
        let end = Timestamp::from_second(since.as_second() / 60 * 60 + 3600).unwrap();
        let mut set = desktop.command(halo_program());
        let set = said(set.args(["set", "meal", "--until", &by_date(&desktop, zone, end)]).env("TZ", zone));
        assert_eq!(set.code, 0, "{zone}: {set:?}");
        assert_eq!(text(&halo.json(&["status"])["until"]).parse::<Timestamp>().unwrap(), end, "{zone}");
    }
}

#[test]
fn d07_a_zone_that_changes_while_the_program_runs_holds_at_once() {
    let desktop = Desktop::builder().start().unwrap();
    let link = desktop.home().join("localtime");
    let lead_to = |zone: &str| {
        fs::remove_file(&link).ok();
        std::os::unix::fs::symlink(format!("/usr/share/zoneinfo/{zone}"), &link).unwrap();
    };
    lead_to("Asia/Tokyo");
    let halo = Halo::start_by(&desktop, desktop.command(halo_program()).arg("run").env("TZ", &link));
    let since: Timestamp = text(&halo.json(&["status"])["since"]).parse().unwrap();
    for zone in ["Asia/Tokyo", "America/New_York", "Asia/Kolkata", "Asia/Tokyo"] {
        lead_to(zone);
        let right = format!("since {}", by_date(&desktop, zone, since));
        assert!(halo.does(&["status"]).contains(&right), "{zone}: {} and not {right}", halo.does(&["status"]));
    }
}
