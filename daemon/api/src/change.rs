//! Changes go on when the client goes away: axum drops a handler then.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Api;
use super::problem::{Kind, Problem};

/// Runs a request that changes something to its end.
pub(super) async fn to_its_end(State(api): State<Api>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let change = async move { next.run(request).await };
    match api.gateway().changes().to_its_end(change).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::new(Kind::Unavailable, "The gateway is stopping.").into_response(),
        },
    }
}
