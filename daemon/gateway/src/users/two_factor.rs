//! Switching a second factor on and off, and what is shown of it.

use model::{OneTimeCode, User};
use store::{Account, Factor, TwoFactor, UserChange, UserStored, clock};

use super::{UserError, Users, done, totp};
use crate::Caller;

/// Recovery codes of a user.
const RECOVERY_CODES: usize = 10;

/// A second factor that is offered, for the user's app.
pub struct Offered {
    /// In base32, to be typed.
    pub secret: String,
    /// The same as an address, to be shown as a picture.
    pub uri: String,
}

impl Users {
    /// Offers users a second factor of their own. It counts once a code of it was shown.
    pub async fn offer_two_factor(
        &self,
        caller: &Caller,
        user: &User,
        password: String,
    ) -> Result<Offered, UserError> {
        self.prove(caller, user, password).await?;
        let mut secret = vec![0; totp::SECRET];
        getrandom::fill(&mut secret).map_err(|_| UserError::NoRandom)?;
        let offered = Offered {
            secret: totp::base32(&secret),
            uri: totp::uri(&user.name, &secret),
        };
        let what = "was offered a second factor";
        let offer = TwoFactor::Offer(secret);
        done(self.set_two_factor(caller, user, offer, what).await?)?;
        Ok(offered)
    }

    /// Switches the second factor on that was offered, for whoever shows a code of it; gives the codes
    /// that let the user in without it, each once.
    pub async fn switch_two_factor_on(
        &self,
        caller: &Caller,
        user: &User,
        typed: &str,
    ) -> Result<Vec<OneTimeCode>, UserError> {
        let account = self.admin().account(&user.name).await?;
        let secret = account.and_then(|account| account.totp_offered);
        let secret = secret.ok_or(UserError::NothingOffered)?;
        let step = totp::step_of(&secret, typed, 0, clock::now());
        let step = step.ok_or(UserError::WrongCode)?;
        let codes: Result<Vec<_>, _> = std::iter::repeat_with(OneTimeCode::generate)
            .take(RECOVERY_CODES)
            .collect();
        let codes = codes.map_err(|_| UserError::NoRandom)?;
        let on = TwoFactor::On {
            secret,
            step,
            recovery: codes.iter().map(OneTimeCode::hash).collect(),
        };
        let what = "switched the second factor on";
        done(self.set_two_factor(caller, user, on, what).await?)?;
        Ok(codes)
    }

    /// Switches the user's own second factor off.
    pub async fn switch_two_factor_off(
        &self,
        caller: &Caller,
        user: &User,
        password: String,
    ) -> Result<(), UserError> {
        self.prove(caller, user, password).await?;
        let what = "switched the second factor off";
        let off = self.set_two_factor(caller, user, TwoFactor::Off, what);
        done(off.await?).map(drop)
    }

    async fn set_two_factor(
        &self,
        caller: &Caller,
        user: &User,
        change: TwoFactor,
        what: &str,
    ) -> Result<UserStored, UserError> {
        let change = UserChange {
            two_factor: Some(change),
            ..UserChange::default()
        };
        let (store, entry) = (self.admin(), caller.entry(what.to_owned()));
        Ok(store.change_user(&user.name, change, entry).await?)
    }
}

/// What a code shows that was typed at a log-in, where it may be one of the user's.
pub(super) fn shown(account: &Account, typed: &str) -> Option<Factor> {
    let secret = account.totp.as_deref()?;
    let now = clock::now();
    let step = totp::step_of(secret, typed, account.totp_step, now);
    if let Some(step) = step {
        let latest = totp::latest(now);
        return Some(Factor::Totp { step, latest });
    }
    // A recovery code has letters; whether it is one of theirs is told by the commit.
    let is_recovery = typed.chars().any(|c| c.is_ascii_alphabetic());
    is_recovery.then(|| Factor::Recovery(OneTimeCode::typed(typed).hash()))
}
