//! The work as plain Rust in the same process.

use std::{
    collections::HashMap,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Result;
use raisfast_benchmark_work as work;

use super::post_as_json;
use crate::{Contender, Work};

pub(super) struct Native {
    work: Work,
    data: HashMap<String, String>,
}

/// The output of a call; a post stays a record while it is measured.
enum Output {
    Nothing,
    Post(Box<raisfast_contract::PostInput>),
    Text(String),
}

impl Native {
    pub(super) fn new(work: &Work) -> Self {
        Self {
            work: work.clone(),
            data: HashMap::from([(Work::KEY.into(), Work::VALUE.into())]),
        }
    }

    /// Like a guest, it gets a record of its own and gives back another.
    fn call(&self) -> Output {
        match &self.work {
            Work::Login => Output::Nothing,
            Work::Post(post) => {
                let mut post = post.clone();
                if post.slug.is_none() {
                    post.slug = Some(work::slug(&post.title));
                }
                Output::Post(Box::new(post))
            }
            Work::Html(html) => Output::Text(work::marked(html)),
            Work::Fib(number) => Output::Text(fib(number.parse().unwrap_or(0)).to_string()),
            Work::HostCall => Output::Text(self.data[black_box(Work::KEY)].clone()),
            Work::Markdown(markdown) => Output::Text(work::rendered(markdown)),
            Work::Digest(text) => Output::Text(work::digest(text)),
            Work::Json(json) => Output::Text(work::transformed(json)),
        }
    }
}

fn fib(number: u64) -> u64 {
    if number < 2 {
        return number;
    }
    fib(number - 1) + fib(number - 2)
}

impl Contender for Native {
    fn answer(&mut self) -> Result<String> {
        Ok(match self.call() {
            Output::Nothing => String::new(),
            Output::Post(post) => post_as_json(&post),
            Output::Text(text) => text,
        })
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let began = Instant::now();
        for _ in 0..times {
            black_box(black_box(&*self).call());
        }
        Ok(began.elapsed())
    }
}
