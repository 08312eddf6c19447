//! Questions that only the service can answer: history, people, devices. Each is asked in a task of its own.

use std::sync::Arc;
use std::time::Duration;

use presence::Span;
use protocol::service::{Follow, PersonView};
use protocol::{DeviceView, Secret};
use tokio::time::timeout;

use super::hub::RemoteHub;
use crate::client::{Client, ClientError};
use crate::tokens::{NoToken, Soon};

/// How long somebody waits for an answer of the service.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// So many people are named where several could be meant.
const SHOWN: usize = 5;

/// Why something could not be fetched, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The service refused, or was not reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The token could not be read.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// No answer came in time.
    #[error("The service doesn't answer. Try again once you are connected")]
    TooLate,
    /// There is nobody of this name, or they may not be seen.
    #[error("No one named “{0}”, or you can't see them")]
    Nobody(String),
    /// There are several.
    #[error("“{who}” could be {}. Give more of the name", .names.join(", "))]
    Several {
        /// What was asked for.
        who: String,
        /// The names to tell them apart by.
        names: Vec<String>,
    },
}

impl RemoteHub {
    /// Fetches the intervals of any span.
    pub fn fetch_history(
        &self,
        span: Span,
        then: impl FnOnce(Result<Vec<protocol::Interval>, FetchError>) + Send + 'static,
    ) {
        self.fetch(move |client, token| Box::pin(async move { client.history(&token, &span).await }), then);
    }

    /// Looks for people by their names.
    pub fn fetch_people(
        &self,
        search: String,
        then: impl FnOnce(Result<Vec<PersonView>, FetchError>) + Send + 'static,
    ) {
        self.fetch(move |client, token| Box::pin(async move { client.people(&token, &search).await }), then);
    }

    /// Follows somebody, or no longer, by their name, what they are called, or a part of either that only one has. Their
    /// name is in the answer. It is not kept for later: whoever marks somebody wants to see that it was the right one.
    pub fn follow(
        &self,
        who: String,
        how: Follow,
        on: bool,
        then: impl FnOnce(Result<String, FetchError>) + Send + 'static,
    ) {
        let follow = move |client: Arc<Client>, token: Secret| -> Soon<Result<String, FetchError>> {
            Box::pin(async move {
                let name = meant(&who, client.people(&token, &who).await?)?;
                client.follow(&token, &name, how, on).await?;
                Ok(name)
            })
        };
        self.fetch(follow, then);
    }

    /// Fetches where the person is signed in.
    pub fn fetch_devices(&self, then: impl FnOnce(Result<Vec<DeviceView>, FetchError>) + Send + 'static) {
        self.fetch(move |client, token| Box::pin(async move { client.devices(&token).await }), then);
    }

    /// Signs another device of the person out.
    pub fn revoke(&self, device: String, then: impl FnOnce(Result<(), FetchError>) + Send + 'static) {
        self.fetch(move |client, token| Box::pin(async move { client.revoke(&token, &device).await }), then);
    }

    /// Erases the person's history before now.
    pub fn delete_history(&self, then: impl FnOnce(Result<(), FetchError>) + Send + 'static) {
        let link = self.link.clone();
        let delete = move |client: Arc<Client>, token| -> Soon<Result<(), ClientError>> {
            Box::pin(async move {
                client.delete_history(&token).await?;
                // What is kept here is older than that.
                link.reconnect();
                Ok(())
            })
        };
        self.fetch(delete, then);
    }

    fn fetch<Answer: Send + 'static, Error: Send + 'static>(
        &self,
        ask: impl FnOnce(Arc<Client>, Secret) -> Soon<Result<Answer, Error>> + Send + 'static,
        then: impl FnOnce(Result<Answer, FetchError>) + Send + 'static,
    ) where
        FetchError: From<Error>,
    {
        let (client, tokens) = (Arc::clone(&self.client), Arc::clone(&self.tokens));
        tokio::spawn(async move {
            let answer = async {
                let token = tokens.load().await?;
                Ok(ask(client, token).await?)
            };
            // Somebody waits for the answer: a keyring that prompts, or a network that swallows all, must not keep them.
            then(timeout(ANSWER_WITHIN, answer).await.unwrap_or(Err(FetchError::TooLate)));
        });
    }
}

/// Whose name was meant, of those who were found by it.
fn meant(who: &str, found: Vec<PersonView>) -> Result<String, FetchError> {
    let wanted = who.trim().to_lowercase();
    let exactly = |by: fn(&PersonView) -> &str| {
        let mut fitting = found.iter().filter(|person| by(person).to_lowercase() == wanted);
        fitting.next().filter(|_| fitting.next().is_none()).map(|person| person.name.clone())
    };
    if let Some(name) = exactly(|person| &person.name).or_else(|| exactly(|person| &person.label)) {
        return Ok(name);
    }
    match <[_; 1]>::try_from(found) {
        Ok([only]) if !wanted.is_empty() => Ok(only.name),
        Ok(_) => Err(FetchError::Nobody(who.to_owned())),
        Err(found) if found.is_empty() || wanted.is_empty() => Err(FetchError::Nobody(who.to_owned())),
        Err(found) => {
            let mut names: Vec<_> =
                found.iter().take(SHOWN).map(|person| format!("{} ({})", person.label, person.name)).collect();
            names.extend((found.len() > SHOWN).then(|| "others".to_owned()));
            Err(FetchError::Several { who: who.to_owned(), names })
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use presence::Policy;
    use protocol::Activity;
    use protocol::service::PublicPresence;

    use super::*;

    fn people(labels: &[(&str, &str)]) -> Vec<PersonView> {
        let presence = || PublicPresence {
            status: "busy".to_owned(),
            color: presence::Color::Red,
            glyph: Policy::genesys().statuses[0].glyph,
            since: Timestamp::UNIX_EPOCH,
            until: None,
            message: None,
            activity: Activity::default(),
        };
        let view = |&(name, label): &(&str, &str)| PersonView {
            name: name.to_owned(),
            label: label.to_owned(),
            group: None,
            presence: presence(),
            favourite: false,
            tell_when_free: false,
        };
        labels.iter().map(view).collect()
    }

    #[test]
    fn g16_whoever_is_meant_is_found_by_name_label_or_a_part_that_only_they_have() {
        let two = [("jonas", "Jonas Ek"), ("jonas2", "Jonas Berg")];
        let name = |who: &str, found: &[(&str, &str)]| meant(who, people(found)).map_err(|error| error.to_string());
        assert_eq!(name("jonas", &two), Ok("jonas".to_owned()), "a name is itself, whatever else begins so");
        assert_eq!(name("jonas berg", &two), Ok("jonas2".to_owned()));
        assert_eq!(name("Ek", &two[..1]), Ok("jonas".to_owned()));
        let several = name("jon", &two).unwrap_err();
        assert!(several.contains("Jonas Ek (jonas), Jonas Berg (jonas2)"), "{several}");
        for (who, found) in [("nobody", &two[..0]), ("", &two[..1]), ("  ", &two[..])] {
            assert!(name(who, found).unwrap_err().starts_with("No one named"), "{who:?}");
        }
    }
}
