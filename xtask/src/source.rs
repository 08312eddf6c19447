//! A crate's source, as far as its arrows need it: which file is which module, and which paths each file names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A module's name from the root of its crate.
pub(crate) type Module = Vec<String>;

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The files that it declares with `mod`, as modules under its own.
    pub(crate) children: Vec<Module>,
    /// What it names by way of `crate` or `super`: where it does so, under its own module, and what.
    pub(crate) paths: Vec<(Module, Vec<String>)>,
    /// `use linux as os`: the other name, and the child.
    pub(crate) aliases: Vec<(String, String)>,
}

impl Source {
    /// Reads a file's text. What is only for tests is left out.
    pub(crate) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        // The inline modules that are open, each with the depth of braces within it.
        let mut inside: Vec<(String, usize)> = Vec::new();
        let (mut depth, mut at) = (0, 0);
        let mut for_tests = false;
        while at < tokens.len() {
            let rest = &tokens[at..];
            match rest {
                ["#", "[", "cfg", "(", "test", ")", "]", ..] => {
                    for_tests = true;
                    at += 7;
                    continue;
                }
                ["mod", _, "{", ..] if for_tests => {
                    at += 2 + length_of_block(&rest[2..]);
                    for_tests = false;
                    continue;
                }
                ["mod", name, "{", ..] => {
                    depth += 1;
                    inside.push(((*name).to_owned(), depth));
                    at += 3;
                    continue;
                }
                ["mod", name, ";", ..] => {
                    if !for_tests {
                        source.children.push(under(&inside, name));
                    }
                    at += 3;
                    for_tests = false;
                    continue;
                }
                ["use", child, "as", alias, ";", ..] => source.aliases.push(((*alias).into(), (*child).into())),
                ["{", ..] => depth += 1,
                ["}", ..] => {
                    inside.pop_if(|(_, open)| *open == depth);
                    depth -= 1;
                }
                ["crate" | "super" | "self", "::", ..] if at == 0 || !["::", "in"].contains(&tokens[at - 1]) => {
                    let here: Module = inside.iter().map(|(name, _)| name.clone()).collect();
                    let mut found = Vec::new();
                    at += tree(rest, &[], &mut found);
                    source.paths.extend(found.into_iter().map(|path| (here.clone(), path)));
                    for_tests = false;
                    continue;
                }
                _ => {}
            }
            if matches!(rest[0], ";" | "{" | "}") {
                for_tests = false;
            }
            at += 1;
        }
        source
    }
}

fn under(inside: &[(String, usize)], name: &str) -> Module {
    inside.iter().map(|(name, _)| name.clone()).chain([name.to_owned()]).collect()
}

/// How many tokens the block has that begins here.
fn length_of_block(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (count, token) in tokens.iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return count + 1;
        }
    }
    tokens.len()
}

/// The paths of a tree such as `crate::a::{b, c::d}`, each with what comes before it, and how many tokens it has.
fn tree(tokens: &[&str], before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        match &tokens[at..] {
            ["{", ..] => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    if tokens[at] == "," {
                        at += 1;
                    } else {
                        at += tree(&tokens[at..], &path, found).max(1);
                    }
                }
                return at + 1;
            }
            ["self", ..] if !path.is_empty() => {
                at += 1;
                break;
            }
            [name, ..] if is_name(name) => {
                path.push((*name).to_owned());
                at += 1;
            }
            _ => break,
        }
        match &tokens[at..] {
            ["::", "*", ..] => {
                at += 2;
                break;
            }
            ["::", ..] => at += 1,
            _ => break,
        }
    }
    if let ["as", _, ..] = &tokens[at..] {
        at += 2;
    }
    found.push(path);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words and signs, without comments, strings and characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if let Some(length) = length_of_what_says_nothing(rest) {
            length
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            tokens.push(&rest[..length]);
            length
        } else if first.is_whitespace() || first.is_numeric() {
            first.len_utf8()
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            tokens.push(&rest[..length]);
            length
        };
        rest = &rest[taken..];
    }
    tokens
}

/// How long the comment, string or character is that begins here, if one does.
fn length_of_what_says_nothing(text: &str) -> Option<usize> {
    let until = |start: usize, end: &str| text[start..].find(end).map_or(text.len(), |at| start + at + end.len());
    if text.starts_with("//") {
        return Some(until(2, "\n"));
    }
    if text.starts_with("/*") {
        return Some(until(2, "*/"));
    }
    let raw = text.trim_start_matches('b');
    let prefix = text.len() - raw.len();
    if let Some(hashes) = raw.strip_prefix('r').filter(|_| prefix < 2) {
        let count = hashes.len() - hashes.trim_start_matches('#').len();
        if hashes[count..].starts_with('"') {
            return Some(until(prefix + count + 2, &format!("\"{}", "#".repeat(count))));
        }
    }
    if raw.starts_with('"') && prefix < 2 {
        return Some(prefix + 1 + length_of_quoted(&raw[1..], '"'));
    }
    let character = text.strip_prefix('\'')?;
    let mut letters = character.chars();
    let (first, second) = (letters.next()?, letters.next()?);
    // Otherwise it is a lifetime.
    (first == '\\' || second == '\'').then(|| 1 + length_of_quoted(character, '\''))
}

fn length_of_quoted(text: &str, end: char) -> usize {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == end {
            return at + 1;
        }
    }
    text.len()
}

/// The files of a crate by their modules, from the file of its root.
pub(crate) fn modules_of(root: &Path) -> Result<BTreeMap<Module, (PathBuf, Source)>> {
    let mut files = BTreeMap::new();
    let mut open = vec![(Vec::new(), root.to_owned(), root.parent().unwrap_or(root).to_owned())];
    while let Some((module, file, folder)) = open.pop() {
        let text = fs::read_to_string(&file).with_context(|| format!("{} can't be read", file.display()))?;
        let source = Source::read(&text);
        for child in &source.children {
            let beside = child.iter().fold(folder.clone(), |folder, name| folder.join(name));
            let candidates = [beside.with_extension("rs"), beside.join("mod.rs")];
            if let Some(found) = candidates.into_iter().find(|candidate| candidate.is_file()) {
                open.push((module.iter().chain(child).cloned().collect(), found, beside));
            }
        }
        files.insert(module, (file, source));
    }
    Ok(files)
}
