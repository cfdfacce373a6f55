//! The measured times: a tree of stacks, each with the time that was its own.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use raisfast_contract::{HookName, printable_within};

use crate::{MOST_DEPTH, MOST_FUNCTIONS, MOST_NAME, MOST_SAMPLES, MOST_STACKS};

/// The root of stacks that are not those of a hook.
const NO_HOOK: &str = "start of an instance";
/// The frame in the place of those beyond [`MOST_DEPTH`].
const CALLERS_LEFT_OUT: &str = "(callers left out)";
/// The function in the place of those beyond [`MOST_FUNCTIONS`].
const OTHER_FUNCTIONS: &str = "(other functions)";

/// A function of the guest that is being called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function's name, as people write it.
    pub name: String,
    /// The line that is being executed, where it is known.
    pub place: Option<Place>,
}

/// A line of the author's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's path in the project.
    pub file: String,
    /// The number of the line.
    pub line: u32,
}

/// The side that a function is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// The call of a hook: the root of a stack.
    Hook,
    /// A function of the guest.
    Guest,
    /// A function of the host.
    Host,
}

/// A function that is told apart from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Function {
    pub(crate) side: Side,
    pub(crate) name: String,
    pub(crate) file: Option<String>,
}

impl Function {
    /// A function with its name made fit to be shown.
    fn new(side: Side, name: &str, file: Option<&str>) -> Self {
        Self {
            side,
            name: printable_within(name, MOST_NAME),
            file: file.map(|file| printable_within(file, MOST_NAME)),
        }
    }

    /// Returns the name, with the file where it is known.
    pub(crate) fn label(&self) -> String {
        match &self.file {
            Some(file) => format!("{} ({file})", self.name),
            None => self.name.clone(),
        }
    }
}

/// A stack: a function, called by that of another stack.
#[derive(Debug)]
pub(crate) struct Node {
    /// The index of the caller's stack, which is less than its own.
    pub(crate) parent: Option<usize>,
    /// The index of the function.
    pub(crate) function: usize,
    /// The time in the function itself.
    pub(crate) own: Duration,
}

/// A time in one stack.
#[derive(Debug)]
pub(crate) struct Sample {
    /// When it began, from the profiler's start on.
    pub(crate) at: Duration,
    pub(crate) took: Duration,
    /// The index of the stack.
    pub(crate) node: usize,
}

/// The calls of one host function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostCalls {
    /// Their number.
    pub number: u64,
    /// The time of all of them.
    pub time: Duration,
}

/// A function of the guest, and the time in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTime<'a> {
    /// The function's name.
    pub name: &'a str,
    /// The file, and the line in it that took the most, where they are known.
    pub place: Option<(&'a str, u32)>,
    /// The time in the function itself, without what it calls.
    pub own: Duration,
}

/// A time in a stack, to be taken into a profile.
pub(crate) struct Taken<'a> {
    pub(crate) at: Duration,
    pub(crate) took: Duration,
    pub(crate) hook: Option<HookName>,
    /// The guest's functions, the innermost first.
    pub(crate) stack: &'a [Frame],
    /// The function of the host that the innermost one has called.
    pub(crate) host_function: Option<&'static str>,
}

/// The outcome of profiling.
#[derive(Debug, Default)]
pub struct Profile {
    pub(crate) functions: Vec<Function>,
    known_functions: HashMap<Function, usize>,
    pub(crate) nodes: Vec<Node>,
    known_nodes: HashMap<(Option<usize>, usize), usize>,
    pub(crate) samples: Vec<Sample>,
    /// The time in each line of a function, where it was the innermost.
    lines: HashMap<(usize, u32), Duration>,
    host_calls: BTreeMap<&'static str, HostCalls>,
    calls: u64,
    guest_samples: usize,
}

impl Profile {
    pub(crate) fn count_call(&mut self) {
        self.calls += 1;
    }

    /// Takes what was measured, as long as there is room; host calls are counted in any case.
    pub(crate) fn take(&mut self, taken: &Taken<'_>) {
        if let Some(function) = taken.host_function {
            let calls = self.host_calls.entry(function).or_default();
            calls.number += 1;
            calls.time += taken.took;
        }
        if self.is_full() {
            return;
        }
        let root = taken.hook.map_or(NO_HOOK, HookName::as_str);
        let mut node = self.node(None, Function::new(Side::Hook, root, None));
        if taken.stack.len() > MOST_DEPTH {
            node = self.node(
                Some(node),
                Function::new(Side::Guest, CALLERS_LEFT_OUT, None),
            );
        }
        for frame in taken.stack.iter().take(MOST_DEPTH).rev() {
            let file = frame.place.as_ref().map(|place| place.file.as_str());
            node = self.node(Some(node), Function::new(Side::Guest, &frame.name, file));
        }
        if let Some(function) = taken.host_function {
            node = self.node(Some(node), Function::new(Side::Host, function, None));
        } else {
            self.guest_samples += 1;
            if let Some(place) = taken.stack.first().and_then(|frame| frame.place.as_ref()) {
                let function = self.nodes[node].function;
                *self.lines.entry((function, place.line)).or_default() += taken.took;
            }
        }
        self.nodes[node].own += taken.took;
        self.samples.push(Sample {
            at: taken.at,
            took: taken.took,
            node,
        });
    }

    /// Returns the stack of a function that that of another stack has called; the caller's own
    /// where there is no room for it.
    fn node(&mut self, parent: Option<usize>, function: Function) -> usize {
        let function = self.function(function);
        if let Some(node) = self.known_nodes.get(&(parent, function)) {
            return *node;
        }
        // Of the roots there are as many as there are hooks.
        if let Some(parent) = parent.filter(|_| self.nodes.len() >= MOST_STACKS) {
            return parent;
        }
        self.nodes.push(Node {
            parent,
            function,
            own: Duration::ZERO,
        });
        let node = self.nodes.len() - 1;
        self.known_nodes.insert((parent, function), node);
        node
    }

    fn function(&mut self, function: Function) -> usize {
        if let Some(index) = self.known_functions.get(&function) {
            return *index;
        }
        // The others are the host's own, and few.
        let is_one_more = self.functions.len() >= MOST_FUNCTIONS && function.side == Side::Guest;
        let function = if is_one_more {
            Function::new(Side::Guest, OTHER_FUNCTIONS, None)
        } else {
            function
        };
        let next = self.functions.len();
        let index = *self.known_functions.entry(function.clone()).or_insert(next);
        if index == next {
            self.functions.push(function);
        }
        index
    }

    /// Returns true if there is no room for a further sample: what comes then is left out.
    pub fn is_full(&self) -> bool {
        self.samples.len() >= MOST_SAMPLES
    }

    /// Returns the number of calls of hooks.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Returns the number of samples that were taken in the guest.
    pub fn guest_samples(&self) -> usize {
        self.guest_samples
    }

    /// Returns the time in the guest, as far as samples show it.
    pub fn guest_time(&self) -> Duration {
        let of_guest = |node: &&Node| self.functions[node.function].side != Side::Host;
        self.nodes
            .iter()
            .filter(of_guest)
            .map(|node| node.own)
            .sum()
    }

    /// Returns the host's functions that were called, the one that took the most time first.
    pub fn host_calls(&self) -> Vec<(&'static str, HostCalls)> {
        let calls = self.host_calls.iter();
        let mut calls: Vec<_> = calls.map(|(name, calls)| (*name, *calls)).collect();
        calls.sort_by_key(|(_, calls)| std::cmp::Reverse((calls.time, calls.number)));
        calls
    }

    /// Returns the functions that took the most time of their own, the longest first: the guest's,
    /// and what is none of them, such as the start of an instance. Together they are the
    /// [time in the guest](Self::guest_time).
    pub fn own_times(&self, most: usize) -> Vec<OwnTime<'_>> {
        let mut own = vec![Duration::ZERO; self.functions.len()];
        for node in &self.nodes {
            own[node.function] += node.own;
        }
        let mut hottest: HashMap<usize, (Duration, u32)> = HashMap::new();
        for (&(function, line), &time) in &self.lines {
            let hottest = hottest.entry(function).or_default();
            *hottest = (*hottest).max((time, line));
        }
        let functions = self.functions.iter().enumerate().zip(own);
        let mut times: Vec<_> = functions
            .filter(|((_, function), own)| function.side != Side::Host && !own.is_zero())
            .map(|((index, function), own)| OwnTime {
                name: &function.name,
                place: function
                    .file
                    .as_deref()
                    .zip(hottest.get(&index).map(|(_, line)| *line)),
                own,
            })
            .collect();
        times.sort_by_key(|time| std::cmp::Reverse(time.own));
        times.truncate(most);
        times
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MS: Duration = Duration::from_millis(1);

    pub(crate) fn frame(name: &str, line: u32) -> Frame {
        let place = (line > 0).then(|| Place {
            file: "src/lib.rs".to_owned(),
            line,
        });
        Frame {
            name: name.to_owned(),
            place,
        }
    }

    /// Takes a millisecond in a stack, the innermost function first.
    pub(crate) fn take(
        profile: &mut Profile,
        stack: &[Frame],
        host_function: Option<&'static str>,
    ) {
        profile.take(&Taken {
            at: Duration::ZERO,
            took: MS,
            hook: Some(HookName::OnLogin),
            stack,
            host_function,
        });
    }

    #[test]
    fn a_function_has_its_own_time_and_the_line_that_took_the_most() {
        let mut profile = Profile::default();
        let greet = |line| [frame("greet", line), frame("on_login", 30)];
        for stack in [greet(12), greet(14), greet(14)] {
            take(&mut profile, &stack, None);
        }
        take(&mut profile, &[frame("on_login", 31)], None);
        take(&mut profile, &[frame("unknown", 0)], None);
        // The hook is entered, and none of its functions is called yet.
        take(&mut profile, &[], None);
        take(&mut profile, &greet(15), Some("host-api/log"));
        let times = profile.own_times(10);
        let times: Vec<_> = times
            .iter()
            .map(|time| (time.name, time.place, time.own))
            .collect();
        let in_file = |line| Some(("src/lib.rs", line));
        assert_eq!(
            times,
            [
                ("greet", in_file(14), 3 * MS),
                ("on-login", None, MS),
                ("on_login", in_file(31), MS),
                ("unknown", None, MS),
            ]
        );
        assert_eq!(profile.own_times(1).len(), 1);
        assert_eq!(profile.guest_time(), 6 * MS);
        assert_eq!(profile.guest_samples(), 6);
        let log = HostCalls {
            number: 1,
            time: MS,
        };
        assert_eq!(profile.host_calls(), [("host-api/log", log)]);
    }

    #[test]
    fn functions_of_one_name_are_told_apart_by_their_files() {
        let mut profile = Profile::default();
        let mut other = frame("new", 1);
        other.place.as_mut().unwrap().file = "src/post.rs".to_owned();
        take(&mut profile, &[frame("new", 1)], None);
        take(&mut profile, &[other], None);
        assert_eq!(profile.own_times(10).len(), 2);
    }

    #[test]
    fn samples_beyond_the_bound_are_left_out_and_host_calls_are_counted() {
        let mut profile = Profile::default();
        let stack = [frame("f", 0)];
        for _ in 0..MOST_SAMPLES {
            assert!(!profile.is_full());
            take(&mut profile, &stack, None);
        }
        assert!(profile.is_full());
        take(&mut profile, &stack, None);
        take(&mut profile, &stack, Some("host-api/log"));
        assert_eq!(profile.samples.len(), MOST_SAMPLES);
        assert_eq!(profile.host_calls()[0].1.number, 1);
    }

    #[test]
    fn of_a_deep_stack_the_innermost_functions_are_kept() {
        let mut profile = Profile::default();
        let stack: Vec<_> = (0..MOST_DEPTH + 5)
            .map(|depth| frame(&format!("f{depth}"), 0))
            .collect();
        take(&mut profile, &stack, None);
        let names: Vec<_> = profile.functions.iter().map(|one| &*one.name).collect();
        assert_eq!(names.len(), MOST_DEPTH + 2);
        assert_eq!(names[..2], ["on-login", CALLERS_LEFT_OUT]);
        assert_eq!(names[MOST_DEPTH + 1], "f0");
    }

    #[test]
    fn functions_and_stacks_beyond_the_bounds_share_a_place() {
        let mut profile = Profile::default();
        for number in 0..MOST_FUNCTIONS + 10 {
            take(&mut profile, &[frame(&format!("f{number}"), 0)], None);
        }
        assert_eq!(profile.functions.len(), MOST_FUNCTIONS + 1);
        let other = profile.own_times(1);
        assert_eq!((other[0].name, other[0].own), (OTHER_FUNCTIONS, 11 * MS));

        // Each of few functions calls each, so that stacks are many.
        let name = |number: usize| frame(&format!("f{number}"), 0);
        for number in 0..MOST_STACKS {
            take(
                &mut profile,
                &[name(number / 300), name(number % 300)],
                None,
            );
        }
        assert_eq!(profile.nodes.len(), MOST_STACKS);
    }

    #[test]
    fn names_are_cut_and_drive_no_terminal() {
        let mut profile = Profile::default();
        let long = format!("\u{1b}[31m\u{202e}{}", "x".repeat(10 * MOST_NAME));
        take(&mut profile, &[frame(&long, 0)], None);
        let times = profile.own_times(1);
        assert!(times[0].name.starts_with(r"\u{1b}[31m\u{202e}xx"));
        assert!(times[0].name.len() < 2 * MOST_NAME);
    }
}
