//! Help texts, and what is said of arguments that cannot be used.

use std::io::IsTerminal;

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::output;

/// Puts before a command's examples, and what else is to be said, what holds for each command that
/// talks to a running server.
macro_rules! running_server_help {
    ($rest:literal) => {
        concat!(
            "The server must be running. On its own machine, its user needs no login: the socket in the data \
             folder is used. Elsewhere, log in once with `raisfast login`, or set RAISFAST_TOKEN, or \
             RAISFAST_ADMIN_PASSWORD to the password of `admin`.\n\n",
            $rest
        )
    };
}

/// Stands for a space where a line must not be broken: what is an example is pasted.
const KEPT_SPACE: char = '\u{a0}';

/// The commands that take each setting of the server, and use those that say where a site is.
const ABOUT_A_SITE: [&str; 3] = ["backup", "restore", "doctor"];
/// Those settings, as flags.
const PLACES: [&str; 5] = [
    "config",
    "data-dir",
    "database-url",
    "plugin-dir",
    "vfs-uri",
];

/// Leaves settings that say nothing about a site's place out of the help of [`ABOUT_A_SITE`]. The
/// flags are accepted still: who starts a server with flags gives the same ones.
pub(super) fn without_others_settings(mut command: Command) -> Command {
    let settings: Vec<_> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .filter(|flag| !PLACES.contains(&flag.as_str()))
        .collect();
    for name in ABOUT_A_SITE {
        command = command.mut_subcommand(name, |below| {
            below.mut_args(|argument| {
                let is_hidden = argument
                    .get_long()
                    .is_some_and(|flag| settings.iter().any(|setting| setting == flag));
                argument.hide(is_hidden)
            })
        });
    }
    command
}

/// Makes the examples of a command, and of those below it, keep their lines on any terminal.
pub(super) fn with_whole_examples(mut command: Command) -> Command {
    if let Some(text) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(keep_lines(&text));
    }
    let below: Vec<_> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    for name in below {
        command = command.mut_subcommand(name, with_whole_examples);
    }
    command
}

/// Keeps the lines after the first one that ends with a colon, which are examples; the text before
/// it is prose, and may be broken.
fn keep_lines(text: &str) -> String {
    let mut is_prose = true;
    let mut kept = String::new();
    for line in text.lines() {
        is_prose &= !line.ends_with(':');
        if is_prose {
            kept.push_str(line);
        } else {
            kept.extend(line.chars().map(|c| if c == ' ' { KEPT_SPACE } else { c }));
        }
        kept.push('\n');
    }
    kept.truncate(kept.trim_end_matches('\n').len());
    kept
}

/// Prints what clap has to say, and returns the exit code.
pub(super) fn print(command: &Command, error: &Error) -> u8 {
    let is_asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let is_terminal = if is_asked_for {
        std::io::stdout().is_terminal()
    } else {
        std::io::stderr().is_terminal()
    };
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let text = error.render();
    let text = if is_terminal && !is_plain {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    let text = text.replace(KEPT_SPACE, " ");
    if is_asked_for {
        output::to_stdout(format_args!("{text}"));
        return 0;
    }
    output::to_stderr(format_args!("{text}"));
    if let Some(variable) = variable_of(command, error) {
        say_aside!("\n{variable}");
    }
    2
}

/// Clap names the flag; where the value comes from the environment, this names the variable.
fn variable_of(command: &Command, error: &Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = argument.split_whitespace().next()?.strip_prefix("--")?;
    let on_the_command_line = format!("--{flag}");
    let is_given = std::env::args().any(|given| {
        given == on_the_command_line || given.starts_with(&format!("{on_the_command_line}="))
    });
    let variable = variables(command)
        .into_iter()
        .find_map(|(name, long)| (long.as_deref() == Some(flag)).then_some(name))?;
    let value = std::env::var_os(&variable).filter(|_| !is_given)?;
    Some(if value.is_empty() {
        format!("The variable {variable} is empty: give it a value, or unset it for the default.")
    } else {
        format!("The value comes from the variable {variable}.")
    })
}

/// Each variable that a command or one below it reads, with the flag that it stands for.
pub(super) fn variables(command: &Command) -> Vec<(String, Option<String>)> {
    let own = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_str()?.to_owned();
        Some((name, argument.get_long().map(str::to_owned)))
    });
    let below = command.get_subcommands().flat_map(variables);
    own.chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::{KEPT_SPACE, keep_lines};

    #[test]
    fn prose_may_be_broken_and_examples_may_not() {
        let text = "One two.\n\nExamples:\n  three four\n\nFive six:\n  seven";
        let kept = keep_lines(text);
        assert_eq!(kept.replace(KEPT_SPACE, " "), text);
        let spaces: Vec<_> = kept.lines().map(|line| line.contains(' ')).collect();
        assert_eq!(spaces, [true, false, false, false, false, false, false]);
    }
}
