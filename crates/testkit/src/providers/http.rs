//! Recorded answers in place of a network.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use raisfast_host_api::capability::{Http, HttpRequest, HttpResponse, Method, RequestError};
use url::Url;

use super::locked;

/// A request that the manifest grants and the plugin has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address of the request.
    pub url: String,
    /// Header fields, as the plugin wrote them.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: String,
}

/// The answers a URL, and the requests so far.
#[derive(Default)]
pub(crate) struct RecordedHttp {
    answers: Mutex<BTreeMap<Url, VecDeque<HttpResponse>>>,
    requests: Mutex<Vec<Request>>,
}

impl RecordedHttp {
    /// Puts an answer behind those that this URL has.
    pub(crate) fn record(&self, url: Url, answer: HttpResponse) {
        locked(&self.answers)
            .entry(url)
            .or_default()
            .push_back(answer);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        locked(&self.requests).clone()
    }

    /// The next answer; the last one stays.
    fn next(&self, url: &Url) -> Option<HttpResponse> {
        let mut answers = locked(&self.answers);
        let answers = answers.get_mut(url)?;
        if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        }
    }
}

#[async_trait]
impl Http for RecordedHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        locked(&self.requests).push(Request {
            method: request.method,
            url: request.url.to_string(),
            headers: request.headers,
            body: String::from_utf8_lossy(&request.body).into_owned(),
        });
        let answer = self.next(&request.url).ok_or_else(|| {
            RequestError::Connection(format!(
                "the test has no answer for {}; Sandbox::with_http records one",
                request.url
            ))
        })?;
        if answer.body.len() as u64 > request.max_response_bytes {
            return Err(RequestError::TooLarge(format!(
                "the answer is {} bytes; the limit is {}",
                answer.body.len(),
                request.max_response_bytes
            )));
        }
        Ok(answer)
    }
}
