//! Calls by the record that Windows keeps of who uses a microphone or a camera.
//!
//! The names of the keys in it are those of applications: they are stepped over (D13).

use std::convert::Infallible;
use std::io;

use presence::Moment;
use windows_registry::{CURRENT_USER, Key};
use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_KEY_DELETED};

use super::registry::{Extent, FirstChange};
use crate::call_source::{CallSource, Teller};
use crate::clock;
use crate::outlet::Ended;
use crate::usage::LastUse;

const STORE: &str = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore";
const MICROPHONE: &str = "microphone";
const CAMERA: &str = "webcam";
/// Beside the packaged applications, a key for all others.
const OTHERS: &str = "NonPackaged";

/// What Windows allows to applications, and what they made of it.
pub(super) struct ConsentStore;

impl CallSource for ConsentStore {
    const NAME: &str = "CapabilityAccessManager";
    const WHY: &str = "Windows tells whether a microphone or a camera is in use; by which program is passed over";

    async fn hear(&mut self, teller: &mut Teller) -> Result<Infallible, Ended> {
        loop {
            // First the notice, then the look: nothing happens unseen between them.
            let (microphone, camera) = (first_change(MICROPHONE)?, first_change(CAMERA)?);
            let now = clock::now();
            match [in_use(MICROPHONE, now)?, in_use(CAMERA, now)?] {
                [None, None] => teller.absent("this Windows does not tell who uses a microphone or a camera").await?,
                uses => teller.heard(uses.contains(&Some(true))).await?,
            }
            tokio::select! {
                () = microphone.happened() => {}
                () = camera.happened() => {}
            }
        }
    }
}

/// The first change in the record of a device or, as long as there is none, in the key below which it will be.
fn first_change(device: &str) -> io::Result<FirstChange> {
    let path = format!(r"{STORE}\{device}");
    if let Some(key) = open(CURRENT_USER, &path)? {
        return FirstChange::of(key, Extent::Everything);
    }
    let mut above = path.as_str();
    loop {
        above = above.rsplit_once('\\').map_or("", |(above, _)| above);
        if let Some(key) = open(CURRENT_USER, above)? {
            return FirstChange::of(key, Extent::Keys);
        }
    }
}

/// Whether any application uses a device; `None`: Windows keeps no record of it.
fn in_use(device: &str, now: Moment) -> io::Result<Option<bool>> {
    let Some(device) = open(CURRENT_USER, &format!(r"{STORE}\{device}"))? else { return Ok(None) };
    let others = open(&device, OTHERS)?;
    for applications in [Some(&device), others.as_ref()].into_iter().flatten() {
        for application in found(applications.keys())?.into_iter().flatten() {
            let last_use = open(applications, &application)?.and_then(|key| last_use(&key));
            if last_use.is_some_and(|last_use| last_use.goes_on(now)) {
                return Ok(Some(true));
            }
        }
    }
    Ok(Some(false))
}

/// `None`: it is allowed the device, or not, and never used it.
fn last_use(application: &Key) -> Option<LastUse> {
    let time = |name| application.get_u64(name).ok();
    Some(LastUse { start: time("LastUsedTimeStart")?, stop: time("LastUsedTimeStop")? })
}

/// `None`: there is no such key (any more).
fn open(above: &Key, path: &str) -> io::Result<Option<Key>> {
    found(above.open(path))
}

/// `None`: the key is not there, or was deleted meanwhile.
fn found<T>(answer: windows_registry::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        // It is wrapped into an HRESULT.
        Err(error) => match error.code().0.cast_unsigned() & 0xFFFF {
            ERROR_FILE_NOT_FOUND | ERROR_KEY_DELETED => Ok(None),
            _ => Err(error.into()),
        },
    }
}
