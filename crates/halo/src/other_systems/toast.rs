//! A notification as Windows reads it: a toast in XML.

use agent::{Notification, NotificationAction, Urgency};

/// From this time on a toast stays for the longer one of the two times that there are, in milliseconds.
const LONG: u32 = 15_000;

/// The toast. What a click or a button stands for is in `launch` and `arguments`.
pub fn xml(notification: &Notification) -> String {
    let duration = if notification.expires_ms.is_some_and(|span| span >= LONG) { "long" } else { "short" };
    // One that must not be missed stays until it is answered, for which it needs a button.
    let scenario = match notification.urgency {
        Urgency::Critical if !notification.actions.is_empty() => r#" scenario="reminder""#,
        _ => "",
    };
    let audio = if notification.urgency == Urgency::Low { r#"<audio silent="true"/>"# } else { "" };
    let button = |action: &NotificationAction| {
        let label = escaped(&action.label(notification.language));
        format!(r#"<action content="{label}" arguments="{}"/>"#, escaped(action.key()))
    };
    let buttons = notification.actions.iter().map(button).collect::<Vec<_>>().concat();
    format!(
        r#"<toast duration="{duration}"{scenario}><visual><binding template="ToastGeneric"><text>{}</text><text>{}</text></binding></visual>{audio}<actions>{buttons}</actions></toast>"#,
        escaped(&notification.summary),
        escaped(&notification.body),
    )
}

/// A toast of words alone.
pub fn plain(summary: &str, body: &str) -> String {
    let (summary, body) = (escaped(summary), escaped(body));
    format!(
        r#"<toast><visual><binding template="ToastGeneric"><text>{summary}</text><text>{body}</text></binding></visual></toast>"#
    )
}

/// Text as XML can hold it: without what would be markup, and without the control characters that it forbids.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use agent::Tag;
    use words::Language;

    use super::*;

    #[test]
    fn a_toast_says_what_the_notification_says_and_no_more() {
        let mut notification = Notification {
            tag: Tag::Proposal,
            summary: "Ada <ada@example>".to_owned(),
            body: "1 & 2\u{1b}[2J\n\"3\"".to_owned(),
            urgency: Urgency::Critical,
            actions: vec![NotificationAction::Accept],
            expires_ms: Some(30_000),
            language: Language::English,
        };
        let label = NotificationAction::Accept.label(Language::English);
        assert_eq!(
            xml(&notification),
            format!(
                r#"<toast duration="long" scenario="reminder"><visual><binding template="ToastGeneric"><text>Ada &lt;ada@example&gt;</text><text>1 &amp; 2[2J
&quot;3&quot;</text></binding></visual><actions><action content="{label}" arguments="{}"/></actions></toast>"#,
                NotificationAction::Accept.key()
            )
        );
        notification = Notification { urgency: Urgency::Low, actions: Vec::new(), expires_ms: None, ..notification };
        let quiet = xml(&notification);
        assert!(plain("A", "1 < 2").contains("<text>A</text><text>1 &lt; 2</text>"));
        assert!(quiet.starts_with(r#"<toast duration="short"><visual>"#) && quiet.contains("silent"), "{quiet}");
    }
}
