//! Whether a program keeps the screen on, of a compositor that tells pauses of both kinds: of input, and of input and
//! videos. It does while only the first kind of pause has begun.

use std::io;
use std::time::Duration;

use super::link::{Link, Said};
use crate::linux::clock::{self, Alarm};

/// Shorter than the shortest time until Away, and long enough not to wake up at every key.
const PAUSE: Duration = Duration::from_secs(5);

/// By how much two pauses that begin together may be told apart.
const TOGETHER: Duration = Duration::from_secs(1);

/// Listens to pauses of both kinds.
pub(in crate::linux) struct Kept {
    link: Link,
    input: Pause,
    input_or_video: Pause,
    /// Goes off when the first one has been alone for long enough.
    alone: Alarm,
}

/// A notification, and whether its pause lasts.
struct Pause {
    id: u32,
    lasts: bool,
}

impl Kept {
    pub(in crate::linux) async fn watch(mut link: Link) -> io::Result<Self> {
        let input = Pause { id: link.notify(PAUSE).await?, lasts: false };
        let input_or_video = Pause { id: link.notify_unless_kept(PAUSE).await?, lasts: false };
        Ok(Self { link, input, input_or_video, alone: Alarm::new()? })
    }

    /// Whether it is so, as soon as that is known again.
    pub(in crate::linux) async fn next(&mut self) -> io::Result<bool> {
        loop {
            tokio::select! {
                said = self.link.next() => {
                    let (id, lasts) = match said? {
                        Said::Idled(id) => (id, true),
                        Said::Resumed(id) => (id, false),
                        Said::Locked(_) | Said::Done => continue,
                    };
                    let pause = if id == self.input.id { &mut self.input } else { &mut self.input_or_video };
                    pause.lasts = lasts;
                    let alone = self.input.lasts && !self.input_or_video.lasts;
                    self.alone.set(alone.then(|| clock::boot() + TOGETHER));
                    if self.input_or_video.lasts {
                        return Ok(false);
                    }
                }
                () = self.alone.fired() => return Ok(true),
            }
        }
    }
}
