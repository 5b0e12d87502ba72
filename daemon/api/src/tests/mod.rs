//! The router with a real store, no ports and no modems.

mod backups;
mod bad_input;
mod changes;
mod config;
mod conversations;
mod damaged;
mod guesses;
mod idempotency;
mod incidents;
mod keys;
mod matrix;
mod messages;
mod objects;
mod openapi;
mod others;
mod reference;
mod routes;
mod selftest;
mod sessions;
mod several;
mod stats;
mod streams;
mod support;
mod suppressions;
mod templates;
mod uplinks;
mod users;
mod waiting;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use gateway::backups::Backups;
use gateway::events::Bus;
use gateway::messages::draft::Defaults;
use gateway::modems::Fleet;
use gateway::schedule::Dispatcher;
use gateway::settings::Settings;
use gateway::uplink::Uplinks;
use gateway::webhooks::Webhooks;
use gateway::{Gateway, GatewayParts};
use model::{
    ApiKey, Body as MessageBody, Coding, Content, Iccid, InboundPart, KeyWish, RawPart, Role,
    Scope, User,
};
use store::{Admin, Created, NewAudit, NewKey, NewUser, Received, Store, UserStored, clock};

/// What the requests come from.
const PEER: ([u8; 4], u16) = ([192, 0, 2, 7], 4711);
/// Small, so that a test can be above it.
const MAX_BODY: usize = 64 * 1024;

const GET: &Method = &Method::GET;
const POST: &Method = &Method::POST;
const PUT: &Method = &Method::PUT;
const PATCH: &Method = &Method::PATCH;
const DELETE: &Method = &Method::DELETE;

struct Fixture {
    router: Router,
    gateway: Gateway,
    /// Has every scope.
    secret: String,
    dir: tempfile::TempDir,
}

/// What the browser of a user who is logged in has.
struct SessionOf {
    cookie: String,
    csrf: String,
}

impl SessionOf {
    fn on(&self, request: Builder) -> Builder {
        request
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
    }
}

/// An answer, its body read as JSON where it is.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The cookie that it sets, as a browser sends it back.
    fn cookie(&self) -> String {
        let cookie = self.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The session that it opens.
    fn opened(&self) -> SessionOf {
        assert_eq!(self.status, 201, "{}", self.text);
        SessionOf {
            cookie: self.cookie(),
            csrf: self.body["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    /// What its list has.
    fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap()
    }

    /// The fields that are wrong.
    fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().unwrap().iter();
        errors
            .map(|error| error["pointer"].as_str().unwrap())
            .collect()
    }

    /// The field that is wrong.
    fn pointer(&self) -> &Value {
        &self.body["errors"][0]["pointer"]
    }
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with other settings.
    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.defaults.country = Some("VN".to_owned());
        change(&mut settings);
        let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let defaults = Defaults::from(&settings);
        store
            .inbound()
            .heed_opt_outs(gateway::opt_out::recognise(&settings, defaults.clone()));
        let bus = Bus::new();
        let (dispatcher, scheduler) =
            Dispatcher::new(&settings, store.clone(), bus.clone(), Arc::default());
        tokio::spawn(dispatcher.run());
        let fleet = Fleet::default();
        let uplinks = Uplinks::new(gateway::uplink::UplinkLinks {
            country: gateway::messages::home_country::HomeCountry::default(),
            store: store.clone(),
            bus: bus.clone(),
            scheduler: scheduler.for_carriers(),
        });
        let webhooks = Webhooks::new(
            store.webhooks().clone(),
            &settings.webhooks.allow,
            Vec::new(),
        );
        webhooks.start().await.unwrap();
        let backups = settings.backup.clone();
        let backups = Backups::new(store.upkeep().clone(), dir.path(), backups).await;
        let gateway = Gateway::new(GatewayParts {
            settings: Arc::new(settings),
            defaults,
            configuration: serde_json::json!({"defaults": {"country": "VN"}, "modems": {"ports": "auto"}}),
            store,
            bus,
            fleet,
            scheduler,
            uplinks,
            webhooks,
            backups,
            power: gateway::power::Power::default(),
        });
        let router = super::router(gateway.clone(), super::Resources::make(), MAX_BODY)
            .layer(MockConnectInfo(SocketAddr::from(PEER)));
        let mut fixture = Self {
            router,
            gateway,
            secret: String::new(),
            dir,
        };
        fixture.secret = fixture.key(|key| key.scopes = Scope::ALL.to_vec()).await;
        fixture
    }

    /// What operators set, past the gateway.
    fn admin(&self) -> &Admin {
        self.gateway.test_store().admin()
    }

    /// Makes a key that may do nothing but what `change` gives it.
    async fn key(&self, change: impl FnOnce(&mut KeyWish)) -> String {
        let secret = ApiKey::generate().unwrap();
        let mut wish = KeyWish {
            name: secret.as_str()[..12].to_owned(),
            ..KeyWish::default()
        };
        change(&mut wish);
        let new = NewKey {
            wish,
            hash: secret.hash(),
            at: clock::now(),
        };
        let created = self.admin().create_key(new, None).await;
        assert!(matches!(created, Ok(Created::Done(_))));
        secret.as_str().to_owned()
    }

    /// A user of this role, who is called so and has no password.
    async fn user(&self, name: &str, role: Role) -> User {
        let new = NewUser {
            name: name.to_owned(),
            role,
            password: "none".to_owned(),
            at: clock::now(),
            first_by: None,
        };
        let audit = NewAudit {
            at: clock::now(),
            actor: "test".to_owned(),
            from: None,
            what: format!("made user {name}"),
        };
        match self.admin().create_user(new, audit).await {
            Ok(UserStored::Done(user)) => user,
            other => panic!("{other:?}"),
        }
    }

    /// The session of a new user, who is called as the role is.
    async fn session(&self, role: Role) -> SessionOf {
        let user = self.user(role.as_str(), role).await;
        self.session_of(&user).await
    }

    async fn session_of(&self, user: &User) -> SessionOf {
        let code = self.gateway.users().login_code(user).await.unwrap();
        let json = format!(r#"{{"login_code": "{}"}}"#, code.shown());
        self.ask(None, POST, "/api/v1/session", &json)
            .await
            .opened()
    }

    /// A message comes in from this number; its id.
    async fn comes_in(&self, from: &str, text: &str) -> String {
        self.comes_in_by("8984011234567890123", from, text).await
    }

    /// The same by this SIM.
    async fn comes_in_by(&self, iccid: &str, from: &str, text: &str) -> String {
        let (carrier, now) = (iccid.parse::<Iccid>().unwrap().into(), clock::now());
        let part = InboundPart {
            smsc_time: Some(now),
            ..InboundPart::new(carrier, from.to_owned(), text.into(), now)
        };
        let join = |parts: &[RawPart]| Content {
            body: MessageBody::Text(String::from_utf8_lossy(&parts[0].tpdu).into_owned()),
            coding: Coding::Gsm7,
            flash: false,
        };
        let inbound = self.gateway.test_store().inbound();
        match inbound.receive(part, join).await.unwrap() {
            Received::Complete(joined) => joined.id.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// A request by a session.
    async fn ask_as(&self, by: &SessionOf, method: &Method, path: &str, json: &str) -> Answer {
        let request = by.on(Request::builder().method(method).uri(path));
        self.send_with(request, json).await
    }

    /// What a session is answered that asks for itself.
    async fn status_of(&self, by: &SessionOf) -> StatusCode {
        self.ask_as(by, GET, "/api/v1/session", "").await.status
    }

    /// A request by the key with this secret, or without one; with a body where `json` is not empty.
    async fn ask(&self, secret: Option<&str>, method: &Method, path: &str, json: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(secret) = secret {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
        self.send_with(request, json).await
    }

    async fn send_with(&self, request: Builder, json: &str) -> Answer {
        if json.is_empty() {
            return self.send(request.body(Body::empty()).unwrap()).await;
        }
        self.send_json(request, json).await
    }

    async fn send_json(&self, request: Builder, json: &str) -> Answer {
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(json.to_owned()));
        self.send(request.unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let kind = headers.get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.to_str().unwrap().ends_with("json")) {
            assert!(text.ends_with("}\n"), "{text}");
        }
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer {
            status,
            headers,
            body,
            text,
        }
    }

    /// A request by the key that may do all.
    fn request(&self, method: Method, path: &str) -> Builder {
        let bearer = format!("Bearer {}", self.secret);
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, bearer)
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Some(&self.secret), GET, path, "").await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask(Some(&self.secret), DELETE, path, "").await
    }

    async fn patch(&self, path: &str, json: &str) -> Answer {
        self.ask(Some(&self.secret), PATCH, path, json).await
    }

    async fn put(&self, path: &str, json: &str) -> Answer {
        self.send_json(self.request(Method::PUT, path), json).await
    }

    async fn post(&self, path: &str, json: &str) -> Answer {
        self.post_once(path, json, None).await
    }

    async fn post_json(&self, path: &str, json: &Value) -> Answer {
        self.post(path, &json.to_string()).await
    }

    async fn post_once(&self, path: &str, json: &str, name: Option<&str>) -> Answer {
        let mut request = self.request(Method::POST, path);
        if let Some(name) = name {
            request = request.header("Idempotency-Key", name);
        }
        self.send_json(request, json).await
    }
}
