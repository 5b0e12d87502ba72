//! Modems: restarted, tested, unlocked, given commands. No commit holds these changes, so they are
//! audited before they are done: what cuts the power or uses up a try must not escape the audit.

use model::{Iccid, Imei, Reason, ReasonCode, UnlockCode};
use modem::RestartHow;

use super::Thing;
use super::sims::check_ussd;
use crate::mask;
use crate::modems::{AtReply, CommandError, Live, ModemHandle, Recovery, TraceRow, UnlockOutcome};
use crate::power::PowerError;
use crate::selftest::{StartError, TestRun, Wish};
use crate::{Caller, FieldError, Gateway, Refusal, Restart, Unknown};

/// Longest AT command line, as most modems have it.
const MAX_COMMAND: usize = 512;
/// Commands that wait for a body after a prompt, which this way has no place for.
const PROMPTING: [&str; 4] = ["+CMGS=", "+CMGW=", "+CMGC=", "+CNMA="];

impl Gateway {
    pub async fn restart(&self, caller: &Caller, imei: &Imei, how: Restart) -> Result<(), Refusal> {
        self.reaches_modem(caller, imei)?;
        let _alone = self.alone(Thing::Modem(imei.clone())).await;
        let what = format!("restarted modem {imei} ({how:?})");
        self.note(caller, what).await;
        self.start_again(imei, how)
            .await
            .map_err(|error| match error {
                CommandError::Unsupported(why) => FieldError::new("/how", why).into(),
                error => error.into(),
            })
    }

    /// Runs an AT command line between two messages.
    pub async fn at(
        &self,
        caller: &Caller,
        imei: &Imei,
        command: String,
    ) -> Result<AtReply, Refusal> {
        self.uses_modem(caller, imei).await?;
        let upper =
            check_command(&command).map_err(|detail| FieldError::new("/command", detail))?;
        // The name alone: what follows it may be a PIN.
        let name = mask::text(upper.split(['=', '?']).next().unwrap_or_default(), &[]);
        let _alone = self.alone(Thing::Modem(imei.clone())).await;
        let what = format!("ran {name} on modem {imei}");
        self.note(caller, what).await;
        Ok(self.live(imei).await?.handle.at(command).await?)
    }

    /// Gives the SIM in a modem its PIN, or its PUK and a new PIN.
    pub async fn unlock(
        &self,
        caller: &Caller,
        imei: &Imei,
        code: UnlockCode,
        last_try: bool,
    ) -> Result<UnlockOutcome, Refusal> {
        self.reaches_modem(caller, imei)?;
        let _alone = self.alone(Thing::Modem(imei.clone())).await;
        let given = match code {
            UnlockCode::Pin(_) => "a PIN",
            UnlockCode::Puk { .. } => "a PUK and a new PIN",
        };
        let insists = if last_try { ", the last try too" } else { "" };
        let what = format!("gave the SIM in modem {imei} {given}{insists}");
        self.note(caller, what).await;
        Ok(self.live(imei).await?.handle.unlock(code, last_try).await?)
    }

    /// Begins the self-test of a modem. `partner`: the other SIM, if it is not ours to choose.
    pub async fn start_test(
        &self,
        caller: &Caller,
        imei: &Imei,
        partner: Option<Iccid>,
        ussd: Option<String>,
    ) -> Result<TestRun, Refusal> {
        self.uses_modem(caller, imei).await?;
        if let Some(code) = &ussd {
            check_ussd("/ussd", code)?;
        }
        let wish = Wish {
            partner,
            reach: self.usable(caller).await?,
            ussd,
        };
        let prepared = self.0.tests.prepare(self, imei, wish).await;
        let test = prepared.map_err(|error| match error {
            StartError::Unknown => Unknown::Modem.into(),
            StartError::Conflict(why) => Refusal::Conflict(why),
            StartError::Partner(why) => FieldError::new("/partner", why).into(),
            StartError::Store(error) => error.into(),
        })?;
        let what = format!("tested modem {imei} with sim {}", test.partner());
        self.note(caller, what).await;
        Ok(test.begin())
    }

    /// The last AT lines of a modem, none where it was not plugged in since the start. `reveal`: they
    /// will be shown whole.
    pub async fn trace(
        &self,
        caller: &Caller,
        imei: &Imei,
        reveal: bool,
    ) -> Result<Vec<TraceRow>, Refusal> {
        self.reaches_modem(caller, imei)?;
        if reveal {
            let what = format!("saw the whole trace of modem {imei}");
            self.note(caller, what).await;
        }
        match self.0.fleet.trace(imei) {
            Some(rows) => Ok(rows),
            None if self.modem(imei).await?.is_some() => Ok(Vec::new()),
            None => Err(Unknown::Modem.into()),
        }
    }

    async fn start_again(&self, imei: &Imei, how: Restart) -> Result<(), CommandError> {
        match how {
            // The step that its recovery waits to take.
            Restart::Soft if self.0.fleet.modem(imei).is_none() => {
                if self.0.fleet.recoveries().try_now(imei) {
                    return Ok(());
                }
                return Err(self.not_live(imei).await);
            }
            Restart::Soft => self.live(imei).await?.handle.restart(RestartHow::Soft)?,
            Restart::Radio => {
                let handle = self.live(imei).await?.handle;
                done(&handle, "AT+CFUN=4").await?;
                done(&handle, "AT+CFUN=1").await?;
                return Ok(());
            }
            Restart::Power => self.cycle_power(imei).await?,
        }
        // Counting is a courtesy: a full disk must not make the restart look refused.
        if let Err(error) = self.admin().restarted(imei).await {
            tracing::warn!(%imei, %error, "cannot count a restart");
        }
        Ok(())
    }

    /// Also that of a modem which does not answer, or whose port is gone.
    async fn cycle_power(&self, imei: &Imei) -> Result<(), CommandError> {
        let recoveries = self.0.fleet.recoveries();
        let Some(target) = recoveries.target(imei) else {
            return Err(self.not_live(imei).await);
        };
        let cycled = self.0.power.cycle(&target).await;
        cycled.map_err(|error| match error {
            PowerError::None | PowerError::NotUsb => CommandError::Unsupported(error.to_string()),
            PowerError::Failed(_) => {
                CommandError::Refused(Reason::new(ReasonCode::Power, error.to_string()))
            }
        })?;
        recoveries.try_now(imei);
        Ok(())
    }

    async fn live(&self, imei: &Imei) -> Result<Live, CommandError> {
        match self.0.fleet.modem(imei) {
            Some(live) => Ok(live),
            None => Err(self.not_live(imei).await),
        }
    }

    async fn not_live(&self, imei: &Imei) -> CommandError {
        let recovery = self.0.fleet.recoveries().of(imei);
        if let Some(recovery) = recovery.filter(Recovery::is_under_way) {
            let why = format!("the modem is being brought back: {}", recovery.last_reason);
            return CommandError::Unavailable(why);
        }
        let known = self.admin().modems().await.unwrap_or_default();
        if known.iter().any(|modem| modem.imei == *imei) {
            CommandError::Unavailable("the modem is not plugged in".to_owned())
        } else {
            CommandError::Unknown
        }
    }
}

/// Has a modem do something; what it refuses is not done.
async fn done(modem: &ModemHandle, command: &str) -> Result<(), CommandError> {
    let reply = modem.at(command.to_owned()).await?;
    if reply.end == "OK" {
        return Ok(());
    }
    let detail = format!("the modem answered {} to {command}", reply.end);
    Err(CommandError::Refused(Reason::new(
        ReasonCode::Modem,
        detail,
    )))
}

/// Gives the command in upper case.
fn check_command(command: &str) -> Result<String, &'static str> {
    let upper = command.to_ascii_uppercase();
    let printable = command.bytes().all(|b| (b' '..=b'~').contains(&b));
    if !upper.starts_with("AT") || command.len() > MAX_COMMAND || !printable {
        return Err("must begin with AT and have at most 512 printable ASCII characters");
    }
    if PROMPTING.iter().any(|name| upper.contains(name)) {
        return Err("opens a prompt; to send a message, POST it to /api/v1/messages");
    }
    Ok(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_would_hang_or_inject_are_refused() {
        assert_eq!(check_command("at+csq").unwrap(), "AT+CSQ");
        for bad in [
            "",
            "+CSQ",
            "AT+CMGS=20",
            "AT\rAT+CFUN=0",
            "AT+CPIN=\u{1a}",
            "ATé",
        ] {
            assert!(check_command(bad).is_err(), "{bad:?}");
        }
    }
}
