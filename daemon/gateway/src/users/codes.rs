//! Codes that work once: for the first user, and for a log-in without a password.

use std::net::IpAddr;
use std::time::Duration;

use model::{OneTimeCode, Role, User};
use store::{StoreError, clock};

use super::{UserError, UserWish, Users};
use crate::Caller;

/// How long a code works.
const WORKS: Duration = Duration::from_hours(1);

impl Users {
    /// A code that makes the first user; none where there are users. It works once, for an hour.
    pub async fn setup_code(&self) -> Result<Option<OneTimeCode>, UserError> {
        if !self.all().await?.is_empty() {
            return Ok(None);
        }
        self.offer(None).await.map(Some)
    }

    /// A code that lets a user in without the password, once, for an hour.
    pub async fn login_code(&self, user: &User) -> Result<OneTimeCode, UserError> {
        self.offer(Some(user)).await
    }

    async fn offer(&self, user: Option<&User>) -> Result<OneTimeCode, UserError> {
        let code = OneTimeCode::generate().map_err(|_| UserError::NoRandom)?;
        let ends_at = clock::now().after(WORKS);
        let user = user.map(|user| user.id);
        self.admin().offer_code(code.hash(), user, ends_at).await?;
        Ok(code)
    }

    /// Makes the first user, an admin, for whoever has the code.
    pub async fn set_up(
        &self,
        code: &OneTimeCode,
        name: String,
        password: String,
        from: Option<IpAddr>,
    ) -> Result<User, UserError> {
        let hash = code.hash();
        // A guess costs no hash of a password; who has the code is told by the commit.
        if !self.is_setup_code(hash).await? {
            let none = self.all().await?.is_empty();
            return Err(if none {
                UserError::WrongCode
            } else {
                UserError::NotFirst
            });
        }
        let caller = Caller::user(&name, from);
        let entry = caller.entry(format!(
            "made user {name} with the role admin by the set-up code"
        ));
        let wish = UserWish {
            name,
            role: Role::Admin,
            password,
        };
        self.make_one(wish, Some(hash), entry).await
    }

    async fn is_setup_code(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        self.admin().has_setup_code(hash, clock::now()).await
    }
}
