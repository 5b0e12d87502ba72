//! A client of the daemon's own HTTP API, blocking, as a command line wants it.

mod ask;
mod connection;
mod here;
mod problem;
mod sse;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::typestate::{WithBody, WithoutBody};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, TcpConnector};
use ureq::{Agent, Body, BodyReader, RequestBuilder};

use super::Failure;
pub(crate) use ask::Ask;
pub(crate) use connection::Connection;
pub(crate) use sse::Events;
use tls::Trust;

/// Longer than any command that the daemon passes on to a modem.
const ANSWER_WAIT: Duration = Duration::from_secs(200);
/// The API's longest page.
pub(crate) const PAGE: usize = 500;
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// The API at one address, with one key.
pub(crate) struct Client {
    agent: Agent,
    /// Without a slash at the end.
    url: String,
    key: Option<String>,
}

impl Client {
    /// `url` is the daemon's, as in `http://127.0.0.1:8080`.
    pub(crate) fn new(url: &str, key: Option<String>) -> Result<Self, Failure> {
        Self::trusting(&Trust::System, url, key)
    }

    fn trusting(trust: &Trust, url: &str, key: Option<String>) -> Result<Self, Failure> {
        let trust = match url.split_once("://") {
            Some(("https", _)) => trust,
            Some(("http", _)) if *trust == Trust::System => &Trust::Nobody,
            // Who wants a certificate checked does not want to go without.
            Some(("http", _)) => {
                return Err(Failure::Usage(format!(
                    "{url:?}: a CA or a fingerprint is for an address that starts with https://"
                )));
            }
            _ => {
                return Err(Failure::Usage(format!(
                    "{url:?}: the daemon's address starts with http:// or https://"
                )));
            }
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_WAIT))
            .timeout_recv_response(Some(ANSWER_WAIT))
            .max_redirects(0)
            // The daemon is on this machine or near it, never behind a web proxy.
            .proxy(None)
            .user_agent(concat!("simgate/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = ().chain(TcpConnector::default()).chain(trust.connector()?);
        Ok(Self {
            agent: Agent::with_parts(config, connector, DefaultResolver::default()),
            url: url.trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// `path` is below `/api/v1`; see [`segment`] for what callers put into it.
    pub(crate) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let request = self.agent.get(self.address(path));
        let request = query
            .iter()
            .fold(request, |request, (name, value)| request.query(name, value));
        self.answer(self.signed(request).call())
    }

    /// All items of a list, page by page where it has pages.
    pub(crate) fn all(&self, path: &str) -> Result<Vec<Value>, Failure> {
        self.listed(path, &[], None)
    }

    /// So many items of a list that fit. A page may be empty and yet not the last.
    pub(crate) fn some(
        &self,
        path: &str,
        filters: &[(&str, String)],
        limit: usize,
    ) -> Result<Vec<Value>, Failure> {
        self.listed(path, filters, Some(limit))
    }

    fn listed(
        &self,
        path: &str,
        filters: &[(&str, String)],
        limit: Option<usize>,
    ) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let left = limit.map(|limit| limit.saturating_sub(all.len()));
            if left == Some(0) {
                return Ok(all);
            }
            let mut query = filters.to_vec();
            query.extend(left.map(|left| ("limit", left.min(PAGE).to_string())));
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let mut page = self.get(path, &query)?;
            if let Value::Array(items) = page["items"].take() {
                all.extend(items);
            }
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// The one that has this name in the list at `path`.
    pub(crate) fn named(&self, path: &str, name: &str) -> Result<Option<Value>, Failure> {
        let all = self.all(path)?;
        Ok(all.into_iter().find(|one| one["name"] == name))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.agent.post(self.address(path)), body)
    }

    /// A POST of something else than JSON.
    pub(crate) fn post_octets(
        &self,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Value, Failure> {
        let request = self.signed(self.agent.post(self.address(path)));
        self.answer(request.content_type(kind).send(body))
    }

    /// An answer that is no JSON, of any length.
    pub(crate) fn download(&self, path: &str) -> Result<BodyReader<'static>, Failure> {
        self.body(self.signed(self.agent.get(self.address(path))))
    }

    /// A POST that the daemon recognises when it is sent again.
    pub(crate) fn post_once(&self, path: &str, body: &Value, name: &str) -> Result<Value, Failure> {
        let request = self.agent.post(self.address(path));
        self.send(request.header("idempotency-key", name), body)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.agent.put(self.address(path)), body)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.agent.patch(self.address(path)), body)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.answer(self.signed(self.agent.delete(self.address(path))).call())
    }

    /// The stream of events from now on.
    pub(crate) fn events(&self) -> Result<Events, Failure> {
        let request = self.signed(self.agent.get(self.address("/events")));
        let body = self.body(request.header("accept", "text/event-stream"))?;
        Ok(Events::new(body))
    }

    /// What is answered, to be read as it comes.
    fn body(&self, request: RequestBuilder<WithoutBody>) -> Result<BodyReader<'static>, Failure> {
        let response = request.call().map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            Ok(response.into_body().into_reader())
        } else {
            Err(problem::failure(response))
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        }
    }

    fn send(&self, request: RequestBuilder<WithBody>, body: &Value) -> Result<Value, Failure> {
        self.answer(self.signed(request).send_json(body))
    }

    fn answer(&self, result: Result<Response<Body>, ureq::Error>) -> Result<Value, Failure> {
        let mut response = result.map_err(|error| self.unreachable(error))?;
        if !response.status().is_success() {
            return Err(problem::failure(response));
        }
        let text = response
            .body_mut()
            .read_to_string()
            .map_err(|error| self.unreachable(error))?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| {
            Failure::refused(format!("{}: not an answer of simgate: {error}", self.url))
        })
    }

    fn unreachable(&self, error: ureq::Error) -> Failure {
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                Failure::Usage(format!("{}: {error}", self.url))
            }
            error if error.to_string().contains("invalid peer certificate") => {
                Failure::Unreachable(format!(
                    "the certificate of {} is not trusted: {error}. `simgate check` on its machine tells the fingerprint; \
                     give that with --fingerprint, or its CA with --ca",
                    self.url
                ))
            }
            error => Failure::Unreachable(format!(
                "cannot reach the daemon at {}: {error}. Is it running? --url or SIMGATE_URL says where",
                self.url
            )),
        }
    }
}

/// The elements of a list; what is none has none.
pub(crate) fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A path segment with whatever the user gave, percent-encoded.
pub(crate) fn segment(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, octet| {
            if octet.is_ascii_alphanumeric() || b"-_.~".contains(&octet) {
                encoded.push(char::from(octet));
            } else {
                let _ = write!(encoded, "%{octet:02X}");
            }
            encoded
        })
}
