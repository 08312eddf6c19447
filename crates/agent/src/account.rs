//! The sign-in to a team's service, in words.

use jiff::Timestamp;
use presence::StatusId;
use protocol::{AccountView, OthersSee, Trouble};
use words::key;

use crate::hub::{Account, Asked};
use crate::speech::Speech;

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
        Trouble::TokenLocked => speech.say(key::TEAM_KEYRING_LOCKED, &[]),
        Trouble::TokenMissing => speech.say(key::TEAM_KEYRING_EMPTY, &[]),
        Trouble::TokenUnavailable(why) => speech.say(key::TEAM_KEYRING_MISSING, &[("why", why)]),
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
            Some(Trouble::Unreachable(why) | Trouble::TokenUnavailable(why) | Trouble::SignedOut(why)) => {
                Some(why.clone())
            }
            Some(Trouble::TokenLocked | Trouble::TokenMissing) | None => None,
        },
        signed_out: matches!(account.trouble, Some(Trouble::SignedOut(_))),
    }
}
