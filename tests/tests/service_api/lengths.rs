//! How long a choice lasts that says no end.

use e2e::TeamService;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::api::Api;

/// How long the status that shows lasts from now on, in minutes; `None`: without end.
fn lasts(api: &Api) -> Option<i64> {
    let until = api.presence()["until"].as_str()?.parse::<Timestamp>().unwrap();
    Some(until.duration_since(Timestamp::now() - SignedDuration::from_secs(30)).as_mins())
}

#[test]
fn a_choice_over_http_lasts_as_long_as_its_status_usually_does_unless_it_says_otherwise() {
    let service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    let _stream = ada.connect();
    for (status, minutes) in [("meal", Some(30)), ("break", Some(15)), ("meeting", None)] {
        ada.change(&[json!({ "change": "choose", "status": status })]);
        assert_eq!(lasts(&ada), minutes, "{status}");
    }
    let at = Timestamp::now() + SignedDuration::from_mins(45);
    ada.change(&[json!({ "change": "choose", "status": "meal", "until": { "at": at.to_string(), "fixed": false } })]);
    assert_eq!(lasts(&ada), Some(45));
}
