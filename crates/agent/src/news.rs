//! News: what a service tells besides the presence itself.

use presence::Moment;
use protocol::{Notice, NoticeKind};
use words::{Key, Language, key};

use crate::controller::Controller;
use crate::gate::Tag;
use crate::hub::News;
use crate::shell::Shell;

impl<S: Shell> Controller<S> {
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
                News::OfService(protocol::News::Free(person)) => {
                    let text = self.language().say(key::TEAM_IS_FREE, &[]);
                    let from = Some(person.label.clone());
                    let notice = Notice { kind: NoticeKind::Chat, from, urgent: false, text, open: None };
                    let _ = self.pass(notice, None, now);
                }
                News::OfService(protocol::News::Refused(why)) => {
                    let summary = self.language().say(key::NOTICE_NOT_DONE, &[]);
                    self.own(Tag::Program, summary, why, Vec::new());
                }
                News::Fault(what, holes) => {
                    let said: Vec<_> = holes.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    tracing::error!("{}", Language::English.say(what, &said));
                    self.tell_of_program(what, &holes);
                }
            }
        }
    }

    /// Tells the person something of the program, in their language.
    pub(crate) fn tell_of_program(&mut self, what: Key, holes: &[(&'static str, String)]) {
        let holes: Vec<_> = holes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // A hole at the end may be empty.
        let words = self.language().say(what, &holes).trim_end().to_owned();
        self.own(Tag::Program, "Halo".to_owned(), words, Vec::new());
    }
}
