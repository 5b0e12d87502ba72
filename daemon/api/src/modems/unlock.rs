//! Unlocking the SIM in a modem on a person's word.

use model::{Imei, Lock, UnlockCode};
use modem::{PinTries, UnlockError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::auth::{On, ToOperate};
use super::super::json::Json;
use super::super::problem::{Answer, Kind, Problem};
use gateway::{FieldCode, FieldError};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(unlock))
}

/// What the SIM asks for: `pin`, or `puk` and `new_pin`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UnlockRequest {
    /// 4 to 8 digits.
    #[schema(pattern = "^[0-9]{4,8}$", write_only, example = "1234")]
    pin: Option<String>,
    /// 8 digits.
    #[schema(pattern = "^[0-9]{8}$", write_only)]
    puk: Option<String>,
    /// What the PIN is to be, with `puk`.
    #[schema(pattern = "^[0-9]{4,8}$", write_only)]
    new_pin: Option<String>,
    /// Send it even where fewer than two tries are left or the modem cannot tell how many, or where
    /// the SIM has refused this very code before. After the last try of the PIN the SIM asks for
    /// its PUK, and after the last try of the PUK it is lost.
    #[serde(default)]
    #[schema(required = false, default = false)]
    last_try: bool,
}

/// The SIM is unlocked.
#[derive(Debug, Serialize, ToSchema)]
struct UnlockAnswer {
    /// What the modem does now, as in the modem's object.
    #[schema(example = "starting")]
    state: String,
    /// Null where the modem does not tell.
    #[schema(required)]
    pin_tries_left: Option<u8>,
    /// Null where the modem does not tell.
    #[schema(required)]
    puk_tries_left: Option<u8>,
}

/// Unlock the SIM in a modem.
///
/// A code that was right is kept with the SIM as soon as it has told who it is, and given to it
/// again whenever it asks. One that the SIM refused is not sent again, and with fewer than two
/// tries left nothing is sent, unless the request says `last_try`.
#[utoipa::path(
    post, path = "/modems/{imei}/unlock", operation_id = "unlock_sim", tag = "modems", params(("imei" = String, Path)),
    request_body = UnlockRequest,
    responses(
        (status = 200, description = "It is unlocked", body = UnlockAnswer),
        (status = 404, description = "No such modem"),
        (status = 409, description = "Nothing is locked, or the modem is not plugged in or busy"),
        (status = 422, description = "The SIM refused the code, or it was not sent; `pin_tries_left` and `puk_tries_left` say how many are left"),
        (status = 502, description = "The modem refused"),
        (status = 504, description = "No answer came in time"),
    )
)]
async fn unlock(
    On(caller, imei): On<ToOperate, Imei>,
    Json(request): Json<UnlockRequest>,
) -> Answer<UnlockAnswer> {
    let last_try = request.last_try;
    let code = request.code().map_err(Problem::invalid)?;
    let opens = code.opens();
    let outcome = caller.gateway().unlock(&caller, &imei, code, last_try);
    match outcome.await? {
        Ok(unlocked) => Ok(axum::Json(UnlockAnswer {
            state: unlocked.state.to_owned(),
            pin_tries_left: unlocked.tries.pin,
            puk_tries_left: unlocked.tries.puk,
        })),
        Err(error) => Err(problem(error, opens)),
    }
}

impl UnlockRequest {
    /// The code, or each field that is wrong.
    fn code(self) -> Result<UnlockCode, Vec<FieldError>> {
        let digits = "must have 4 to 8 digits";
        let wrong =
            |pointer, code, detail: &str| vec![FieldError::new(pointer, detail).coded(code)];
        let needed = |pointer, detail| wrong(pointer, FieldCode::Required, detail);
        match (self.pin, self.puk, self.new_pin) {
            (Some(pin), None, None) => match pin.parse() {
                Ok(pin) => Ok(UnlockCode::Pin(pin)),
                Err(_) => Err(wrong("/pin", FieldCode::Pin, digits)),
            },
            (None, Some(puk), Some(new_pin)) => match (puk.parse(), new_pin.parse()) {
                (Ok(puk), Ok(new_pin)) => Ok(UnlockCode::Puk { puk, new_pin }),
                (puk, new_pin) => {
                    let puk = puk
                        .err()
                        .map(|_| wrong("/puk", FieldCode::Puk, "must have 8 digits"));
                    let new_pin = new_pin
                        .err()
                        .map(|_| wrong("/new_pin", FieldCode::Pin, digits));
                    Err([puk, new_pin].into_iter().flatten().flatten().collect())
                }
            },
            (None, Some(_), None) => Err(needed("/new_pin", "is needed with puk")),
            (None, None, Some(_)) => Err(needed("/puk", "is needed with new_pin")),
            (None, None, None) => Err(needed("/pin", "is needed, or puk and new_pin")),
            (Some(_), _, _) => Err(vec![FieldError::new(
                "/pin",
                "cannot stand beside puk and new_pin",
            )]),
        }
    }
}

fn problem(error: UnlockError, opens: Lock) -> Problem {
    let pointer = if opens == Lock::Puk { "/puk" } else { "/pin" };
    let refused = |code: FieldCode, detail: String, tries: PinTries| {
        Problem::coded(pointer, code, detail).with_tries(tries.pin, tries.puk)
    };
    let left = |tries: PinTries| {
        let left = if opens == Lock::Puk {
            tries.puk
        } else {
            tries.pin
        };
        match left {
            Some(1) => "1 try is left".to_owned(),
            Some(left) => format!("{left} tries are left"),
            None => "the modem does not tell how many tries are left".to_owned(),
        }
    };
    match error {
        UnlockError::NotLocked => Problem::new(Kind::Conflict, "Nothing is locked."),
        UnlockError::Busy => Problem::new(
            Kind::Conflict,
            "The modem is being set up; try again when its state is locked.",
        ),
        UnlockError::OtherLock => Problem::new(
            Kind::Conflict,
            "It is locked to a network, provider or SIM, which neither PIN nor PUK opens.",
        ),
        UnlockError::NoAnswer => Problem::new(
            Kind::ModemTimeout,
            "The modem did not tell whether the code was right; its object says what is locked now.",
        ),
        UnlockError::Wanted(Lock::Puk, tries) => refused(
            FieldCode::OtherCode,
            "the SIM asks for its PUK: give puk and new_pin".to_owned(),
            tries,
        ),
        UnlockError::Wanted(_, tries) => refused(
            FieldCode::OtherCode,
            "the SIM asks for its PIN: give pin".to_owned(),
            tries,
        ),
        UnlockError::FewTries(tries) => refused(
            FieldCode::NotSent,
            format!(
                "was not sent, for {}; last_try sends it all the same",
                left(tries)
            ),
            tries,
        ),
        UnlockError::Known(tries) => refused(
            FieldCode::NotSent,
            format!(
                "was not sent, for the SIM has refused it before, or may have; {}; last_try sends it all the same",
                left(tries)
            ),
            tries,
        ),
        UnlockError::Refused(tries) => refused(
            FieldCode::Refused,
            format!("was refused; {}", left(tries)),
            tries,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(json: &str) -> Vec<String> {
        let request: UnlockRequest = serde_json::from_str(json).unwrap();
        let errors = request.code().unwrap_err();
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn a_request_has_a_pin_or_a_puk_with_a_new_pin() {
        for (json, wrong) in [
            ("{}", vec!["/pin"]),
            (r#"{"pin": "123"}"#, vec!["/pin"]),
            (r#"{"pin": "1234", "new_pin": "1234"}"#, vec!["/pin"]),
            (r#"{"puk": "12345678"}"#, vec!["/new_pin"]),
            (r#"{"new_pin": "1234"}"#, vec!["/puk"]),
            (r#"{"puk": "1", "new_pin": "x"}"#, vec!["/puk", "/new_pin"]),
        ] {
            assert_eq!(pointers(json), wrong, "{json}");
        }
        let json = r#"{"puk": "12345678", "new_pin": "4321"}"#;
        let request: UnlockRequest = serde_json::from_str(json).unwrap();
        assert_eq!(request.code().unwrap().opens(), Lock::Puk);
    }
}
