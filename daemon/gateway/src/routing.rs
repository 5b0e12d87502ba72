//! Where messages go: the routes at work, and what they would do with a message.

use std::sync::{Arc, RwLock};

use super::Gateway;
use crate::schedule::{Explanation, Router, Signal};
use model::{NewMessage, Queued, RowId};
use store::StoreError;

/// The routes as the scheduler was told them last.
#[derive(Default)]
pub(super) struct Routing(RwLock<Option<Arc<Router>>>);

impl Gateway {
    /// Tells the scheduler the routes as they are stored.
    pub async fn reroute(&self) -> Result<(), StoreError> {
        let book = self.admin().route_book().await?;
        let strategy = self.0.settings.scheduler.strategy;
        let router = Router::new(book.routes, book.keys, strategy);
        {
            let routing = &self.0.routing.0;
            let mut known = routing
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *known = Some(Arc::new(router.clone()));
        }
        self.0
            .scheduler
            .signal(Signal::Routes(Box::new(router)))
            .await;
        Ok(())
    }

    /// A key that was made since the routes were told has a name that may matter.
    pub(super) async fn learn_keys(&self, messages: &[NewMessage]) -> Result<(), StoreError> {
        let lacks = {
            let routing = &self.0.routing.0;
            let known = routing
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let router = known.as_ref();
            router.is_some_and(|router| messages.iter().any(|message| router.lacks(message.key)))
        };
        if lacks {
            self.reroute().await?;
        }
        Ok(())
    }

    /// Where a message would go that is not accepted; none while the gateway stops.
    pub async fn explain_route(
        &self,
        message: NewMessage,
    ) -> Result<Option<Explanation>, StoreError> {
        self.learn_keys(std::slice::from_ref(&message)).await?;
        let prefers = self.0.store.reading().last_talked(&message.to).await?;
        let queued = Queued {
            prefers,
            ..message.queued(RowId(0))
        };
        Ok(self.0.scheduler.explain_route(queued).await)
    }
}
