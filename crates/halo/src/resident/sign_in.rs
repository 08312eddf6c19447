//! Signing in to a team's service, and out of it: the service first, then the keyring, then this device's memory.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use agent::{Credentials, Tick};
use connect::{AddressError, Addresses, Client, ClientError, Tokens};
use protocol::{Reply, Said, Secret, service};
use tokio::sync::{mpsc, oneshot};
use words::{Key, Language, key};

use super::account::{Account, SignedIn};
use super::tokens::{InKeyring, ThisRun};
use super::vault::Vault;
use crate::os;

/// The longest name of a device that a service takes, in characters.
const LONGEST_DEVICE: usize = 100;

/// Who may sign in and out here, and where what comes of it is kept.
#[derive(Debug, Clone)]
pub struct Gatekeeper {
    vault: Vault,
    data: PathBuf,
    ticks: mpsc::Sender<Tick>,
    /// The sign-in of this run, and a place for the one that takes its place.
    current: Arc<Mutex<Option<SignedIn>>>,
}

impl Gatekeeper {
    /// `current` is the sign-in with which this run began.
    pub fn new(vault: Vault, data: PathBuf, ticks: mpsc::Sender<Tick>, current: Option<SignedIn>) -> Self {
        Self { vault, data, ticks, current: Arc::new(Mutex::new(current)) }
    }

    /// The sign-in that holds now.
    pub fn current(&self) -> Option<SignedIn> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set(&self, signed_in: Option<SignedIn>) {
        *self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = signed_in;
    }

    /// Where the token of a sign-in is.
    pub fn tokens(&self, signed_in: &SignedIn) -> Arc<dyn Tokens> {
        match &signed_in.token {
            Some(_) => Arc::new(ThisRun(self.current.clone())),
            None => Arc::new(InKeyring::new(self.vault.clone(), signed_in.account.entry())),
        }
    }

    /// Signs in; the program starts anew with it once that has worked.
    pub async fn sign_in(self, asked: Credentials, language: Language, reply: Option<oneshot::Sender<Reply>>) {
        let answer = self.try_sign_in(asked, language).await.unwrap_or_else(|refused| refused);
        self.answer(reply, answer).await;
    }

    async fn try_sign_in(&self, asked: Credentials, language: Language) -> Result<Reply, Reply> {
        let addresses: Addresses = asked.service.parse().map_err(|error: AddressError| refused(error))?;
        let client = Client::new(addresses);
        let wanted = service::SignIn { name: asked.name, password: asked.password, device: this_device() };
        let service::SignedIn { token, device, person, .. } = client.sign_in(&wanted).await.map_err(refused)?;
        let account = Account {
            service: client.addresses().to_string(),
            name: person.name,
            label: person.label,
            device: device.as_str().to_owned(),
        };
        let before = self.current();
        let token = if asked.this_run_only {
            Some(token)
        } else if let Err(why) = self.keep(&account, &token).await {
            // Nobody holds that token: the service should not either.
            if let Err(error) = client.sign_out(&token).await {
                tracing::warn!("the sign-in that could not be kept could not be ended: {error}");
            }
            return Err(Reply::NoKeyring(said(key::REFUSAL_NO_KEYRING, &[("why", &why)], language)));
        } else {
            None
        };
        if let Some(before) =
            before.filter(|before| before.token.is_none() && before.account.entry() != account.entry())
        {
            // It has ended: it would only lie there.
            let _ = self.vault.delete(&before.account.entry()).await;
        }
        self.set(Some(SignedIn { account, token }));
        Ok(Reply::Done(None))
    }

    async fn keep(&self, account: &Account, token: &Secret) -> Result<(), String> {
        self.vault.set_or_make(&account.entry(), token).await.map_err(|error| error.to_string())?;
        if let Err(error) = account.save(&self.data) {
            // A token that nothing leads to is of no use.
            let _ = self.vault.delete(&account.entry()).await;
            return Err(format!("{} can't be written: {error}", self.data.display()));
        }
        Ok(())
    }

    /// Signs out: the token is deleted at the service, in the keyring and here; the program starts anew without it.
    pub async fn sign_out(self, language: Language, reply: Option<oneshot::Sender<Reply>>) {
        let Some(signed_in) = self.current() else { return };
        let told = self.tell_service(&signed_in).await;
        if signed_in.token.is_none() {
            if let Err(error) = self.vault.delete(&signed_in.account.entry()).await {
                let why = error.to_string();
                if told.is_err() {
                    // Both would be left with a token that works: better to say so than to call that signed out.
                    let refused = said(key::REFUSAL_NOT_SIGNED_OUT, &[("why", &why)], language);
                    return self.answer(reply, Reply::Refused(refused)).await;
                }
                tracing::warn!("the keyring still has a token that no service takes any more: {why}");
            }
            if let Err(error) = Account::forget(&self.data) {
                tracing::error!("{error}");
            }
        }
        self.set(None);
        let service = ("service", signed_in.account.service.as_str());
        let untold = |why: String| said(key::DONE_SIGN_OUT_UNTOLD, &[service, ("why", &why)], language);
        self.answer(reply, Reply::Done(told.err().map(untold))).await;
    }

    /// Has the service end the sign-in; in words why it could not be told.
    async fn tell_service(&self, signed_in: &SignedIn) -> Result<(), String> {
        let addresses: Addresses =
            signed_in.account.service.parse().map_err(|error: AddressError| error.to_string())?;
        let token = self.tokens(signed_in).load().await.map_err(|error| error.to_string())?;
        match Client::new(addresses).sign_out(&token).await {
            // It had ended before.
            Ok(()) | Err(ClientError::Unauthorized(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Tells whoever asked how it went; after what worked, the program starts anew.
    async fn answer(&self, reply: Option<oneshot::Sender<Reply>>, answer: Reply) {
        let done = matches!(answer, Reply::Done(_));
        if let Some(reply) = reply {
            // Whoever hung up before the answer needs none.
            let _ = reply.send(answer);
        }
        if done {
            let _ = self.ticks.send(Tick::Switched).await;
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refused(error: impl ToString) -> Reply {
    Reply::Refused(error.to_string().into())
}

fn said(key: Key, values: &[(&'static str, &str)], language: Language) -> Said {
    Said { line: Language::English.say(key, values), words: language.say(key, values) }
}

/// What this device is called in the person's list.
fn this_device() -> String {
    let name: String = os::device_name().chars().filter(|c| !c.is_control()).take(LONGEST_DEVICE).collect();
    if name.trim().is_empty() { "a computer".to_owned() } else { name }
}
