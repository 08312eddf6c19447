//! The real window, used by its page's words: what is clicked and what is read is what a person clicks and reads.

use std::path::Path;

use e2e::{Desktop, WindowDriver, wait_until};
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::PATIENCE;

/// An open window. Dropping it ends it.
pub struct DrivenWindow {
    runtime: Runtime,
    page: WebDriver,
    _driver: WindowDriver,
}

impl DrivenWindow {
    /// Opens `program` on the resident program of `desktop`.
    #[track_caller]
    pub fn open(desktop: &Desktop, program: &Path) -> Self {
        let driver = desktop.start_window_driver().expect("a driver");
        let socket = desktop.runtime_dir().join("halo/socket");
        let mut capabilities = Capabilities::new();
        let how = json!({ "binary": program, "args": [socket] });
        capabilities.set("webkitgtk:browserOptions", how).expect("sound capabilities");
        // Built with programs that speak TLS, the driver's client asks for a provider even to speak plainly.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
        let page = runtime.block_on(WebDriver::new(driver.address(), capabilities)).expect("an open window");
        Self { runtime, page, _driver: driver }
    }

    /// Opens it, and reads the greeting of the first start away.
    #[track_caller]
    pub fn open_and_greet(desktop: &Desktop, program: &Path) -> Self {
        let window = Self::open(desktop, program);
        window.says("Welcome to Halo");
        window.click("Got it");
        window
    }

    /// Clicks the button, link or choice that has this name, as soon as it can be clicked.
    #[track_caller]
    pub fn click(&self, name: &str) {
        self.click_in("body", name);
    }

    /// The same inside an element of this kind.
    #[track_caller]
    pub fn click_in(&self, element: &str, name: &str) {
        let named = format!(r#"[normalize-space() = "{name}" or @aria-label = "{name}"]"#);
        let target = By::XPath(format!("//{element}//*[self::button or self::a][not(@disabled)]{named}"));
        let mut trouble = None;
        let clicked = wait_until(PATIENCE, || {
            let click = async { self.page.find(target.clone()).await?.click().await };
            trouble = self.runtime.block_on(click).err();
            trouble.is_none()
        });
        assert!(clicked, "“{name}” can't be clicked: {trouble:?}; the window says:\n{}", self.text());
    }

    /// Types into the field that has this label or name, in place of what it says.
    #[track_caller]
    pub fn fill(&self, label: &str, words: &str) {
        let field = By::XPath(format!(
            "//input[@aria-label = '{label}' or parent::label[starts-with(normalize-space(), '{label}')]]"
        ));
        let mut trouble = None;
        let typed = wait_until(PATIENCE, || {
            let fill = async {
                let field = self.page.find(field.clone()).await?;
                field.clear().await?;
                field.send_keys(words).await
            };
            trouble = self.runtime.block_on(fill).err();
            trouble.is_none()
        });
        assert!(typed, "“{label}” can't be filled in: {trouble:?}; the window says:\n{}", self.text());
    }

    /// Waits until the window says these words, where a person can see them.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(wait_until(PATIENCE, || self.text().contains(words)), "no “{words}”; it says:\n{}", self.text());
    }

    /// Waits until it says them no longer.
    #[track_caller]
    pub fn no_longer_says(&self, words: &str) {
        assert!(wait_until(PATIENCE, || !self.text().contains(words)), "still “{words}”; it says:\n{}", self.text());
    }

    /// Waits until this is the page's heading: on the first page, the status.
    #[track_caller]
    pub fn is_headed(&self, words: &str) {
        let heading = || self.visible("h1");
        assert!(wait_until(PATIENCE, || heading() == words), "headed “{}”, not “{words}”", heading());
    }

    /// What was refused, in the words that are shown; empty if nothing was.
    pub fn refusal(&self) -> String {
        self.visible("[role=alert]")
    }

    /// How high the first element of this kind is, in the page's pixels.
    #[track_caller]
    pub fn height_of(&self, selector: &str) -> f64 {
        let measured = async { self.page.find(By::Css(selector)).await?.rect().await };
        self.runtime.block_on(measured).expect("an element to measure").height
    }

    /// How far the page is scrolled, in its pixels.
    #[track_caller]
    pub fn scrolled(&self) -> f64 {
        self.ask("return document.querySelector('main').scrollTop").as_f64().expect("a number")
    }

    /// What has the focus: its name, or what it says.
    pub fn focused(&self) -> String {
        let name = "const it = document.activeElement; return it.getAttribute('aria-label') ?? it.textContent.trim()";
        self.ask(name).as_str().unwrap_or_default().to_owned()
    }

    /// What a script in the page returns; `null` while the page is changing.
    pub fn ask(&self, script: &str) -> serde_json::Value {
        let asked = self.runtime.block_on(self.page.execute(script, Vec::new()));
        asked.map_or(serde_json::Value::Null, |answer| answer.json().clone())
    }

    /// All that can be read in it now.
    pub fn text(&self) -> String {
        self.visible("body")
    }

    /// What can be read in all elements of this kind; nothing while the page is changing.
    fn visible(&self, selector: &str) -> String {
        let read = async {
            let mut texts = Vec::new();
            for element in self.page.find_all(By::Css(selector)).await? {
                texts.push(element.text().await?);
            }
            Ok::<_, WebDriverError>(texts)
        };
        let texts = self.runtime.block_on(read).unwrap_or_default();
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for DrivenWindow {
    fn drop(&mut self) {
        // An error says that it is closed already. Without one it is closing, and on a busy machine it may outlive the
        // driver: a test that opens another one closes this one by hand first.
        let _ = self.runtime.block_on(self.page.clone().quit());
    }
}
