//! Whether arrows point one way: files of a crate form no circle, and no crate depends on one that stands higher.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::metadata::Metadata;
use crate::source::{Module, Source, modules_of};
use crate::{hygiene, workspace};

/// The floor of each crate, from the ground. See ARCHITECTURE.md.
const FLOORS: [(&str, u8); 17] = [
    ("presence", 0),
    ("private-files", 0),
    ("words", 0),
    ("icons", 0),
    ("protocol", 1),
    ("local-socket", 1),
    ("halo-log", 1),
    ("roster", 1),
    ("signals", 2),
    ("connect", 2),
    ("log-sqlite", 2),
    ("log-nats", 2),
    ("keyring-helper", 2),
    ("agent", 3),
    ("engine", 3),
    ("halo", 4),
    ("halo-service", 4),
];

/// It stands on the fourth floor, too, and its package is called otherwise than its folder.
const WINDOW: &str = "halo-window";

/// Tests, and what people build with: they may know everything.
const ASIDE: [&str; 4] = ["e2e", "load", "test-compositor", "xtask"];

/// Who must not know whom, though the floors would let them.
const NEVER: [(&str, &str); 3] = [("engine", "log-sqlite"), ("engine", "log-nats"), ("connect", "engine")];

/// Folders of tests, whose files may lean on one another as they like.
const TESTS: [&str; 2] = ["crates/test-compositor/", "tests/"];

/// Prints what points the wrong way.
pub(crate) fn fit() -> Result<bool> {
    let mut complaints = crates(&Metadata::of_workspace()?.arrows());
    for root in roots()? {
        let circles = circles(&arrows(&modules_of(&workspace::root().join(&root))?));
        for circle in circles {
            let names: Vec<_> = circle.iter().map(|file| name_from_root(file)).collect();
            complaints.push(format!("files form a circle: {}", names.join(" → ")));
        }
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    Ok(complaints.is_empty())
}

fn name_from_root(file: &Path) -> String {
    file.strip_prefix(workspace::root()).unwrap_or(file).display().to_string()
}

/// The files from which cargo builds libraries and programs.
fn roots() -> Result<Vec<PathBuf>> {
    let is_root = |path: &Path| {
        let folder = path.parent().unwrap_or(path);
        let name = path.file_name().unwrap_or_default();
        let in_bin = folder.ends_with("src/bin") || folder.parent().is_some_and(|above| above.ends_with("src/bin"));
        match name.to_str() {
            Some("lib.rs") => folder.ends_with("src"),
            Some("main.rs") => folder.ends_with("src") || in_bin,
            _ => folder.ends_with("src/bin"),
        }
    };
    let is_of_tests = |path: &Path| TESTS.iter().any(|folder| path.starts_with(folder));
    let files = hygiene::rust_files()?.into_iter().map(|(path, _)| path);
    Ok(files.filter(|path| is_root(path) && !is_of_tests(path)).collect())
}

/// What is wrong between crates, of pairs of who depends on whom.
fn crates(arrows: &[(String, String)]) -> Vec<String> {
    let floor = |name: &str| match name {
        WINDOW => Some(4),
        _ => FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor),
    };
    let mut complaints = Vec::new();
    for (from, to) in arrows.iter().filter(|(from, _)| !ASIDE.contains(&from.as_str())) {
        match (floor(from), floor(to)) {
            (Some(from_floor), Some(to_floor)) if from_floor >= to_floor => {}
            (Some(_), Some(_)) => complaints.push(format!("{from} depends on {to}, which stands higher")),
            (None, _) => complaints.push(format!("{from} has no floor: say which in xtask/src/arrows.rs")),
            (_, None) => complaints.push(format!("{from} depends on {to}, which has no floor")),
        }
        if NEVER.contains(&(from, to)) {
            complaints.push(format!("{from} must not know {to}"));
        }
    }
    complaints.dedup();
    complaints
}

type Arrows = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// Which file needs which others of its crate. A file needs those that it declares as its modules.
fn arrows(files: &BTreeMap<Module, (PathBuf, Source)>) -> Arrows {
    let mut arrows = Arrows::new();
    for (module, (file, source)) in files {
        let children = source.children.iter().map(|child| module.iter().chain(child).cloned().collect());
        let named = source.paths.iter().flat_map(|(inner, path)| {
            let here = module.iter().chain(inner).cloned().collect();
            targets(here, path, files)
        });
        let needs = children.chain(named).filter_map(|target: Module| files.get(&target)).map(|(file, _)| file.clone());
        arrows.insert(file.clone(), needs.filter(|target| target != file).collect());
    }
    arrows
}

/// The modules with files of their own in which a path may end.
fn targets(here: Module, path: &[String], files: &BTreeMap<Module, (PathBuf, Source)>) -> Vec<Module> {
    let mut at = here;
    let mut names = path.iter();
    let mut name = names.next();
    while let Some(word) = name {
        match word.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            _ => break,
        }
        name = names.next();
    }
    let mut ends = vec![at];
    while let Some(word) = name {
        let further: Vec<Module> = ends.iter().flat_map(|end| step(end, word, files)).collect();
        if further.is_empty() {
            break;
        }
        (ends, name) = (further, names.next());
    }
    for end in &mut ends {
        // An inline module stands in the file of the module around it.
        while !files.contains_key(end) && end.pop().is_some() {}
    }
    ends
}

/// The modules that a name means in one.
fn step(module: &Module, name: &str, files: &BTreeMap<Module, (PathBuf, Source)>) -> Vec<Module> {
    let child = |name: &str| module.iter().cloned().chain([name.to_owned()]).collect::<Module>();
    if files.contains_key(&child(name)) {
        return vec![child(name)];
    }
    let Some((_, source)) = files.get(module) else { return Vec::new() };
    let means = source.aliases.iter().filter(|(alias, _)| alias == name).map(|(_, means)| child(means));
    means.filter(|module| files.contains_key(module)).collect()
}

/// The shortest circle through each file that is in one, each circle once.
fn circles(arrows: &Arrows) -> Vec<Vec<PathBuf>> {
    let mut seen = BTreeSet::new();
    let circles = arrows.keys().filter_map(|start| circle(start, arrows));
    circles.filter(|circle| seen.insert(circle.iter().cloned().collect::<BTreeSet<_>>())).collect()
}

fn circle(start: &PathBuf, arrows: &Arrows) -> Option<Vec<PathBuf>> {
    let mut came_from: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for next in arrows.get(file)? {
            if next == start {
                let mut circle = vec![start.clone()];
                let mut at = file;
                while at != start {
                    circle.push(at.clone());
                    at = came_from[at];
                }
                circle.push(start.clone());
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, file);
                open.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles among files with these texts, by the names of their modules.
    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        let module = |name: &str| name.split("::").filter(|part| *part != "root").map(str::to_owned).collect();
        let file = |(name, text): &(&str, &str)| (module(name), (PathBuf::from(name), Source::read(text)));
        let circles = circles(&arrows(&files.iter().map(file).collect()));
        let names = |circle: &Vec<PathBuf>| circle.iter().map(|file| file.display().to_string()).collect::<Vec<_>>();
        circles.iter().map(|circle| names(circle).join(" → ")).collect()
    }

    #[test]
    fn this_workspace_keeps_to_its_own_arrows() {
        assert!(fit().unwrap());
    }

    #[test]
    fn files_that_use_each_other_form_a_circle() {
        let root = ("root", "mod a; mod b; mod c;");
        let a = ("a", "use crate::b::{self, One};");
        assert_eq!(circles_of(&[root, a, ("b", "use crate::c;"), ("c", "")]), [""; 0]);
        assert_eq!(
            circles_of(&[root, a, ("b", "use crate::{c::Two};"), ("c", "fn f() { crate::a::g() }")]),
            ["a → b → c → a"]
        );
    }

    #[test]
    fn a_parent_may_use_its_children_and_a_child_not_its_parent() {
        let root = ("root", "mod a; use a::b::One;");
        let a = ("a", "pub mod b; mod c; pub use b::One;");
        assert_eq!(circles_of(&[root, a, ("a::b", "use super::c::Two;"), ("a::c", "")]), [""; 0]);
        let through_the_parent = ("a::c", "use super::One;");
        assert_eq!(circles_of(&[root, a, ("a::b", ""), through_the_parent]), ["a → a::c → a"]);
        assert_eq!(circles_of(&[root, a, ("a::b", "use crate::Three;"), ("a::c", "")]), ["a → a::b → root → a"]);
    }

    #[test]
    fn a_name_for_the_system_means_each_of_the_systems() {
        let root = ("root", "mod a; mod linux; mod windows; use linux as os; use windows as os;");
        let files = [root, ("a", "use crate::os::Two;"), ("linux", ""), ("windows", "use crate::a::One;")];
        assert_eq!(circles_of(&files), ["a → windows → a"]);
    }

    #[test]
    fn what_is_only_for_tests_or_is_said_in_words_is_no_arrow() {
        let texts = [
            "#[cfg(test)] mod tests { use super::*; use crate::a; }",
            "#[cfg(test)]\n#[path] mod tests { fn f() { { crate::a::g() } } }",
            "// use crate::a;\n/* crate::a */",
            "const A: &str = \"crate::a \\\" crate::a\"; const B: &str = r#\"crate::a\"#;",
            "pub(in crate::a) fn f<'a>(_: &'a u8) {}",
        ];
        for text in texts {
            assert_eq!(circles_of(&[("root", "mod a; mod b;"), ("a", "use crate::b::One;"), ("b", text)]), [""; 0]);
        }
        let after = format!("{} use crate::a::One; const C: char = '\\''; fn g<'c>() {{}}", texts[0]);
        assert_eq!(circles_of(&[("root", "mod a; mod b;"), ("a", "use crate::b;"), ("b", &after)]), ["a → b → a"]);
    }

    #[test]
    fn no_crate_depends_on_one_that_stands_higher_or_that_it_must_not_know() {
        let complaints = |from: &str, to: &str| crates(&[(from.to_owned(), to.to_owned())]);
        for (from, to) in [("halo", "agent"), ("agent", "signals"), ("keyring-helper", "protocol"), ("e2e", "halo")] {
            assert_eq!(complaints(from, to), [""; 0], "{from} → {to}");
        }
        assert_eq!(complaints("presence", "protocol"), ["presence depends on protocol, which stands higher"]);
        assert_eq!(complaints("engine", "log-nats"), ["engine must not know log-nats"]);
        assert_eq!(complaints("connect", "engine").len(), 2, "it stands higher, too");
        assert!(complaints("attic", "presence")[0].contains("has no floor"));
    }
}
