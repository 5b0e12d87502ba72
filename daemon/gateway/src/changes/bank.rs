//! What a person has the controller of a bank do. Nothing of that is kept, so it is audited before it is done.

use bank_wire::{Power, Refusal as BankRefusal, Request};
use model::{Imei, Reach, Reason, ReasonCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::modems::CommandError;
use crate::power::bank::{Bank, BankError, BankView};
use crate::{Caller, FieldError, Gateway, Refusal, Unknown};

/// What to do with a slot.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr,
)]
#[schema(as = BankAction)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BankAction {
    /// Switch it on, when its turn has come.
    On,
    /// Switch it off, by PWRKEY where its module has one. It stays off until somebody switches it on, or simgate restarts.
    Off,
    /// The same at once.
    Cut,
    /// Cut its power for `power.off_seconds`, and give it back.
    Cycle,
    /// Press PWRKEY of a running modem.
    Key,
    /// Pull RESET of a running modem.
    Reset,
    /// Forget its fault. It stays off.
    ClearFault,
    /// Connect it with the SIM holder `sim`, while it is off.
    Sim,
}

/// What is to be done with a slot.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(as = BankSlotRequest)]
#[serde(deny_unknown_fields)]
pub struct BankWish {
    pub action: BankAction,
    /// With `sim`: which holder, from 1 on.
    #[schema(minimum = 1, maximum = 4)]
    pub sim: Option<u8>,
}

impl Gateway {
    /// The controller of the bank, and its slots. Modems out of reach have no IMEI here.
    pub fn bank_view(&self, reach: &Reach) -> BankView {
        let Some(bank) = self.0.power.bank() else {
            return BankView::none();
        };
        let rows = self.0.fleet.roster().rows();
        let modem = |place: &str| -> Option<Imei> {
            let there = |port: &str, usb: Option<&str>| {
                port == place || usb.and_then(|usb| usb.split(':').next()) == Some(place)
            };
            let mut rows = rows
                .iter()
                .filter(|row| there(&row.port, row.usb_path.as_deref()));
            let imei = rows.find_map(|row| row.imei.clone())?;
            self.has_modem(reach, &imei).then_some(imei)
        };
        bank.view(modem)
    }

    /// Has the controller do something with a slot, which counts from 1.
    pub async fn switch_slot(
        &self,
        caller: &Caller,
        number: u8,
        wish: BankWish,
    ) -> Result<BankView, Refusal> {
        // A slot is no modem: its wires are the whole bank's.
        if !self.usable(caller).await?.is_all() {
            return Err(Refusal::Forbidden(
                "the bank is for keys and users of all groups",
            ));
        }
        let bank = self.0.power.bank();
        let none =
            || Refusal::Conflict("no bank controller is configured ([power] backend)".to_owned());
        let bank = bank.ok_or_else(none)?;
        let slot = number.checked_sub(1).ok_or(Unknown::Slot)?;
        let sim = holder(wish)?;
        let name: &str = wish.action.into();
        self.note(
            caller,
            format!("switched slot {number} of the bank ({name})"),
        )
        .await;
        let done = switch(bank, slot, wish.action, sim).await;
        done.map_err(|error| refused(&error))?;
        Ok(self.bank_view(&caller.reach))
    }
}

/// The SIM holder, from 0 on.
fn holder(wish: BankWish) -> Result<u8, Refusal> {
    let error = |detail: &str| Refusal::from(FieldError::new("/sim", detail));
    match (wish.action, wish.sim) {
        (BankAction::Sim, Some(sim @ 1..=4)) => Ok(sim - 1),
        (BankAction::Sim, _) => Err(error("must be the number of a SIM holder, from 1 to 4")),
        (_, None) => Ok(0),
        (_, Some(_)) => Err(error("belongs to the action \"sim\" alone")),
    }
}

async fn switch(bank: &Bank, slot: u8, action: BankAction, sim: u8) -> Result<(), BankError> {
    let request = match action {
        BankAction::On => return bank.power(slot, Power::On).await,
        BankAction::Off => return bank.power(slot, Power::Off).await,
        BankAction::Cut => return bank.power(slot, Power::Cut).await,
        BankAction::Cycle => return bank.begin_cycle(slot).await,
        BankAction::Key => Request::Key { slot },
        BankAction::Reset => Request::Reset { slot },
        BankAction::ClearFault => Request::ClearFault { slot },
        BankAction::Sim => Request::Sim { slot, sim },
    };
    bank.ask(request).await.map(|_| ())
}

fn refused(error: &BankError) -> Refusal {
    let why = error.to_string();
    match error {
        BankError::Refused(BankRefusal::NoSlot) => Unknown::Slot.into(),
        BankError::Refused(BankRefusal::NoSim) => FieldError::new("/sim", why).into(),
        BankError::Refused(
            BankRefusal::NotOff
            | BankRefusal::NotOn
            | BankRefusal::CannotDo
            | BankRefusal::Faulted(_)
            | BankRefusal::FaultPersists,
        )
        | BankError::Busy => Refusal::Conflict(why),
        BankError::Refused(_) | BankError::Away(_) => {
            CommandError::Refused(Reason::new(ReasonCode::Power, why)).into()
        }
    }
}
