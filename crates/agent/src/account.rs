//! The sign-in to a team's service, and its people: in words, and as news.

use jiff::Timestamp;
use presence::{Color, Effective, Policy, StatusId};
use protocol::service::PersonView;
use protocol::{AccountView, Countdown, Notice, NoticeKind, OthersSee, PersonRow, Report};
use signals::clock::Moment;
use words::{Language, key};

use crate::gate::Tag;
use crate::speech::Speech;
use crate::{Account, Asked, Controller, News, Shell, Trouble, reports};

impl<S: Shell> Controller<S> {
    pub(crate) fn report(&self, effective: &Effective, english: &Speech<'_>, countdown: Option<Countdown>) -> Report {
        let team = self.hub.team();
        let others_see = team.and_then(|team| team.others_see(english.now)).map(|seen| others_see(&seen, english));
        let asked = team.and_then(|team| team.asked().status);
        let report = reports::report(effective, english, self.hub.connection(), countdown, asked);
        Report { others_see, ..report }
    }

    /// The line of truth, and what is true of the connection.
    pub(crate) fn line(&self, effective: &Effective, speech: &Speech<'_>, countdown: Option<&Countdown>) -> String {
        let mut line = speech.line_of_truth(effective);
        if let Some(countdown) = countdown {
            let left = countdown.away_at.duration_since(speech.now).as_secs().max(0);
            line.push_str(" Away in ");
            line.push_str(&left.to_string());
            line.push_str(" s if nobody is there.");
        }
        let Some(team) = self.hub.team() else { return line };
        let (account, others_see) = (team.account(), team.others_see(speech.now));
        for sentence in sentences(Some(&account), &team.asked(), others_see.as_ref(), speech) {
            line.push_str(&speech.say(key::TRUTH_JOIN, &[]));
            line.push_str(&sentence);
        }
        line
    }

    /// A service may change its policy at any time.
    pub(crate) fn follow_policy(&mut self) {
        if *self.policy() == *self.hub.policy() {
            return;
        }
        self.take_policy();
    }

    /// What the service told: shown as the status allows it, like everything that wants the person's attention.
    pub(crate) fn tell_news(&mut self, now: Moment) {
        for news in self.hub.take_news() {
            match news {
                News::Free(person) => {
                    let text = self.language().say(key::TEAM_IS_FREE, &[]);
                    let from = Some(person.label.clone());
                    let notice = Notice { kind: NoticeKind::Chat, from, urgent: false, text, open: None };
                    let _ = self.pass(notice, None, now);
                }
                News::Refused(why) => {
                    let summary = self.language().say(key::NOTICE_NOT_DONE, &[]);
                    self.own(Tag::Program, summary, why, Vec::new());
                }
                News::Fault(what, holes) => {
                    let holes: Vec<_> = holes.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    tracing::error!("{}", Language::English.say(what, &holes));
                    let words = self.language().say(what, &holes);
                    self.own(Tag::Program, "Halo".to_owned(), words, Vec::new());
                }
            }
        }
    }
}

/// What others see and when they began to.
pub(crate) type Seen = (StatusId, Timestamp);

/// What others see, what keeps the person from their service, and what waits for it; nothing while all is well.
pub(crate) fn sentences(
    account: Option<&Account>,
    asked: &Asked,
    others_see: Option<&Seen>,
    speech: &Speech<'_>,
) -> Vec<String> {
    let Some(account) = account else { return Vec::new() };
    let seen = others_see.map(|(status, since)| {
        let values = [("status", speech.label(status)), ("since", speech.said_time(*since))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        speech.say(key::TEAM_OTHERS_SEE, &values)
    });
    let trouble = trouble(account, speech);
    seen.into_iter().chain(trouble).chain(asked.words(speech)).collect()
}

impl Asked {
    /// What will be sent, in words; nothing if nothing waits.
    pub(crate) fn words(&self, speech: &Speech<'_>) -> Option<String> {
        let status = self.status.as_ref().map(|status| speech.label(status));
        match (&status, self.message) {
            (Some(status), false) => Some(speech.say(key::TEAM_ASKED, &[("status", status)])),
            (Some(status), true) => Some(speech.say(key::TEAM_ASKED_BOTH, &[("status", status)])),
            (None, true) => Some(speech.say(key::TEAM_ASKED_MESSAGE, &[])),
            (None, false) => None,
        }
    }
}

/// The same as a value.
pub(crate) fn others_see((status, since): &Seen, speech: &Speech<'_>) -> OthersSee {
    OthersSee { status: status.to_string(), label: speech.label(status), since: *since }
}

fn trouble(account: &Account, speech: &Speech<'_>) -> Option<String> {
    let service = ("service", account.service.as_str());
    Some(match account.trouble.as_ref()? {
        Trouble::Unreachable(_) => speech.say(key::TEAM_UNREACHABLE, &[service]),
        Trouble::KeyringLocked => speech.say(key::TEAM_KEYRING_LOCKED, &[]),
        Trouble::KeyringEmpty => speech.say(key::TEAM_KEYRING_EMPTY, &[]),
        Trouble::KeyringMissing(why) => speech.say(key::TEAM_KEYRING_MISSING, &[("why", why)]),
        Trouble::SignedOut(_) => speech.say(key::TEAM_SIGNED_OUT, &[service]),
    })
}

pub(crate) fn account_view(account: &Account, speech: &Speech<'_>) -> AccountView {
    AccountView {
        service: account.service.clone(),
        name: account.name.clone(),
        this_run_only: account.this_run_only,
        fault: trouble(account, speech),
        details: match &account.trouble {
            Some(Trouble::Unreachable(why) | Trouble::KeyringMissing(why) | Trouble::SignedOut(why)) => {
                Some(why.clone())
            }
            Some(Trouble::KeyringLocked | Trouble::KeyringEmpty) | None => None,
        },
        signed_out: matches!(account.trouble, Some(Trouble::SignedOut(_))),
    }
}

/// Whether a person could be spoken to now.
pub(crate) fn is_free(person: &PersonView) -> bool {
    person.presence.color == Color::Green && !person.presence.activity.on_call
}

pub(crate) fn status_of(person: &PersonView, policy: &Policy, language: Language) -> String {
    let id = person.presence.status.as_str();
    policy.status(&id.into()).map_or(id, |status| status.label(language.tag())).to_owned()
}

/// A person as tray, window and command line show them.
pub(crate) fn person_row(person: &PersonView, policy: &Policy, language: Language) -> PersonRow {
    let presence = &person.presence;
    PersonRow {
        name: person.name.clone(),
        label: person.label.clone(),
        initials: crate::window_view::initials(&person.label),
        group: person.group.clone(),
        status: presence.status.clone(),
        status_label: status_of(person, policy, language),
        glyph: presence.glyph,
        color: presence.color,
        // Of whoever never signed in, the service's log says nothing since 1970.
        since: (presence.since > Timestamp::UNIX_EPOCH).then_some(presence.since),
        until: presence.until,
        message: presence.message.clone(),
        activity: presence.activity,
        favourite: person.favourite,
        tell_when_free: person.tell_when_free,
    }
}
