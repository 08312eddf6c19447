//! What the window needs and a system without its libraries lacks: packages only recommend them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// How the system's loader begins to say which library is missing, and its exit code then.
const MISSING: &str = "error while loading shared libraries: ";
const NOT_LOADED: i32 = 127;

/// Why the window's program does not start, if that is known. It is started once more, without anything to show.
pub async fn why_no_window(program: &Path) -> Option<String> {
    let mut loading = tokio::process::Command::new(program);
    // The loader speaks the person's language otherwise, in words of its own.
    loading.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(10), loading.output()).await.ok()?.ok()?;
    let library =
        missing(&String::from_utf8_lossy(&ended.stderr)).filter(|_| ended.status.code() == Some(NOT_LOADED))?;
    Some(format!(
        "it needs {library}, which is not installed here: install WebKitGTK 4.1 (Debian, Ubuntu: sudo apt install \
         libwebkit2gtk-4.1-0; Fedora: sudo dnf install webkit2gtk4.1)"
    ))
}

fn missing(said: &str) -> Option<String> {
    let (_, rest) = said.split_once(MISSING)?;
    Some(rest.split(':').next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_the_one_that_the_loader_names() {
        let said = "/usr/libexec/halo/halo-window: error while loading shared libraries: libwebkit2gtk-4.1.so.0: cannot \
                    open shared object file: No such file or directory";
        assert_eq!(missing(said).as_deref(), Some("libwebkit2gtk-4.1.so.0"));
        assert_eq!(missing("The window is opened by Halo: click the ring in the tray, or type: halo"), None);
    }
}
