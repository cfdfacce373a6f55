//! The common part of the peers: a virtual machine with one script, kept or made for each request.

use std::{
    collections::HashMap,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Result;
use raisfast_contract::PostInput;

use crate::{Contender, Work};

/// The input of a hook.
#[derive(Clone, Copy)]
pub(super) enum Question<'a> {
    Text(&'a str),
    Post(&'a PostInput),
}

/// The output of a hook.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Nothing,
    Text(String),
    Post(Box<PostInput>),
}

impl Answer {
    fn into_text(self) -> Result<String> {
        Ok(match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text,
            Self::Post(post) => serde_json::to_string(&post)?,
        })
    }
}

/// A virtual machine with a script, ready to be called.
pub(super) trait Machine {
    fn call(&mut self, question: Question) -> Result<Answer>;
}

/// The question that a work puts.
fn question(work: &Work) -> Question<'_> {
    match work {
        Work::Login => Question::Text(USER),
        Work::Post(post) => Question::Post(post),
        Work::HostCall => Question::Text(Work::KEY),
        Work::Html(text)
        | Work::Fib(text)
        | Work::Markdown(text)
        | Work::Digest(text)
        | Work::Json(text) => Question::Text(text),
    }
}

/// The user who logs in.
const USER: &str = "0197c9f0-6c1e-7b3a-9d55-1c2e3f405162";

/// The data that `get_data` looks into.
pub(super) fn data() -> HashMap<String, String> {
    HashMap::from([(Work::KEY.to_owned(), Work::VALUE.to_owned())])
}

/// A machine that is kept.
pub(super) struct Reused<M> {
    machine: M,
    work: Work,
}

impl<M: Machine> Reused<M> {
    pub(super) fn new(work: &Work, machine: M) -> Self {
        let work = work.clone();
        Self { machine, work }
    }
}

impl<M: Machine> Contender for Reused<M> {
    fn answer(&mut self) -> Result<String> {
        self.machine.call(question(&self.work))?.into_text()
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let question = question(&self.work);
        let began = Instant::now();
        for _ in 0..times {
            black_box(self.machine.call(black_box(question))?);
        }
        Ok(began.elapsed())
    }
}

/// A machine that is made for one call. Its end is part of the request.
pub(super) struct ForARequest<L> {
    load: L,
    work: Work,
}

impl<M: Machine, L: Fn() -> Result<M>> ForARequest<L> {
    pub(super) fn new(work: &Work, load: L) -> Self {
        let work = work.clone();
        Self { load, work }
    }
}

impl<M: Machine, L: Fn() -> Result<M>> Contender for ForARequest<L> {
    fn answer(&mut self) -> Result<String> {
        (self.load)()?.call(question(&self.work))?.into_text()
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let question = question(&self.work);
        let began = Instant::now();
        for _ in 0..times {
            let mut machine = (self.load)()?;
            black_box(machine.call(black_box(question))?);
        }
        Ok(began.elapsed())
    }
}
