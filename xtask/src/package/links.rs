//! The links of a document that goes into a package, where not everything is that it leads to.

use std::path::Path;

/// The documents that a package has, with links between those that are there; a link to anything else becomes its words.
pub(crate) fn linked(text: &str, there: &[&str]) -> String {
    let mut linked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let (Some(open), Some((target, further))) = (before.rfind('['), after.split_once(')')) else {
            linked.push_str(before);
            linked.push_str("](");
            rest = after;
            continue;
        };
        let (path, anchor) =
            target.split_once('#').map_or((target, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
        let file = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if target.contains("://") || path.is_empty() {
            linked.extend([before, "](", target, ")"]);
        } else if there.contains(&file.as_str()) {
            linked.extend([before, "](", &file, &anchor, ")"]);
        } else {
            linked.push_str(&before[..open]);
            linked.push_str(&before[open + 1..]);
        }
        rest = further;
    }
    linked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_what_is_in_the_package() {
        let text = "See [the rules](../a/rules.md#two), [why](decisions/001.md), [all](https://x.example/) and [here](#there).";
        let read = linked(text, &["rules.md"]);
        assert_eq!(read, "See [the rules](rules.md#two), why, [all](https://x.example/) and [here](#there).");
    }
}
