//! Where the token of the sign-in is: in the keyring, or with this run only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use connect::{NoToken, Soon, Tokens};
use protocol::Secret;

use super::account::SignedIn;
use super::vault::{Vault, VaultError};
use crate::os;

/// In the keyring.
#[derive(Debug)]
pub struct InKeyring {
    vault: Vault,
    entry: String,
    /// Whether the person was asked to unlock it, and did not.
    declined: Arc<AtomicBool>,
}

impl InKeyring {
    /// The entry of this name.
    pub fn new(vault: Vault, entry: String) -> Self {
        Self { vault, entry, declined: Arc::default() }
    }
}

impl Tokens for InKeyring {
    fn load(&self) -> Soon<Result<Secret, NoToken>> {
        let (vault, entry, declined) = (self.vault.clone(), self.entry.clone(), self.declined.clone());
        Box::pin(async move {
            // Each prompt that nobody answers stays on the screen: one is enough.
            if declined.load(Ordering::Relaxed) {
                vault.probe().await.map_err(no_token)?;
            }
            let token = vault.get(&entry).await;
            declined.store(matches!(token, Err(VaultError::Locked | VaultError::Dismissed)), Ordering::Relaxed);
            token.map_err(no_token)?.ok_or(NoToken::Missing)
        })
    }

    fn keep(&self, token: Secret) -> Soon<Result<(), NoToken>> {
        let (vault, entry) = (self.vault.clone(), self.entry.clone());
        Box::pin(async move { vault.set(&entry, &token).await.map_err(no_token) })
    }

    fn changed(&self) -> Soon<()> {
        Box::pin(os::keyring_changed())
    }
}

fn no_token(error: VaultError) -> NoToken {
    match error {
        VaultError::Locked | VaultError::Dismissed => NoToken::Locked,
        other => NoToken::Unavailable(other.to_string()),
    }
}

/// In this process only: gone when it ends.
#[derive(Debug)]
pub struct ThisRun(pub Arc<Mutex<Option<SignedIn>>>);

impl Tokens for ThisRun {
    fn load(&self) -> Soon<Result<Secret, NoToken>> {
        let current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = current.as_ref().and_then(|signed_in| signed_in.token.clone());
        Box::pin(async move { token.ok_or(NoToken::Missing) })
    }

    fn keep(&self, token: Secret) -> Soon<Result<(), NoToken>> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signed_in) = current.as_mut() {
            signed_in.token = Some(token);
        }
        Box::pin(async { Ok(()) })
    }
}
