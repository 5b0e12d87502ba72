//! Changes of what is at work too, not only of what is stored.

use std::future::Future;

use super::problem::{Kind, Problem};

/// Runs a change to its end, also when the client goes away meanwhile: axum drops its handler then,
/// and what was committed would not be what is at work.
pub(super) async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(change).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Problem::new(Kind::Unavailable, "The gateway is stopping.")),
        },
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_change_goes_on_without_its_client() {
        let (go, going) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let change = to_its_end(async move {
            going.await.unwrap();
            done.send("done").unwrap();
            Ok(())
        });
        assert!(change.now_or_never().is_none(), "and it is dropped");
        go.send(()).unwrap();
        assert_eq!(is_done.await, Ok("done"));
    }
}
