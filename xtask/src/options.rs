//! The command line, read by hand: an argument parser would be the biggest thing to compile.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

#[derive(Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each there or not")]
pub(crate) struct Options {
    pub(crate) command: String,
    /// Install packages without asking.
    pub(crate) yes: bool,
    pub(crate) release: bool,
    pub(crate) quick: bool,
    pub(crate) check: bool,
    /// Install and build what the tests need, and run none.
    pub(crate) no_run: bool,
    pub(crate) prefix: Option<PathBuf>,
    /// What to sign with.
    pub(crate) key: Option<PathBuf>,
    /// Everything after `--`.
    pub(crate) rest: Vec<String>,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--" => options.rest.extend(arguments.by_ref()),
                "--yes" | "-y" => options.yes = true,
                "--release" => options.release = true,
                "--quick" => options.quick = true,
                "--check" => options.check = true,
                "--no-run" => options.no_run = true,
                "--prefix" => {
                    options.prefix = Some(arguments.next().context("--prefix is followed by a folder")?.into());
                }
                "--key" => options.key = Some(arguments.next().context("--key is followed by a file")?.into()),
                "--help" | "-h" => "help".clone_into(&mut options.command),
                switch if switch.starts_with('-') => {
                    bail!("unknown option {switch}; `cargo xtask --help` lists the options")
                }
                word if options.command.is_empty() => word.clone_into(&mut options.command),
                // Which desktops, or what to measure.
                word if ["desktops", "bench"].contains(&options.command.as_str()) => options.rest.push(word.to_owned()),
                word => bail!("unexpected `{word}`; arguments for Halo or for the tests come after `--`"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn switches_stand_anywhere_and_the_rest_is_left_alone() {
        let options = parse("--yes run --release -- --verbose --yes").unwrap();
        assert_eq!(options.command, "run");
        assert!(options.yes && options.release && !options.quick && !options.no_run);
        assert_eq!(options.rest, ["--verbose", "--yes"]);
        assert!(parse("test --no-run").unwrap().no_run);
        assert_eq!(parse("bench service --quick").unwrap().rest, ["service"]);
        assert_eq!(parse("install --prefix /opt/halo").unwrap().prefix, Some(PathBuf::from("/opt/halo")));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(parse("run --relase").unwrap_err().to_string().contains("--relase"));
        assert!(parse("run now").unwrap_err().to_string().contains("now"));
        assert!(parse("install --prefix").is_err());
        assert_eq!(parse("run --help").unwrap().command, "help");
    }
}
