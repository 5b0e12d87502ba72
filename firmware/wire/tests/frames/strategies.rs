//! Any message, for proptest.

use bank_wire::*;
use proptest::prelude::*;

fn timing() -> impl Strategy<Value = Timing> {
    any::<[u16; 7]>().prop_map(|of| Timing {
        settle_ms: of[0],
        key_on_ms: of[1],
        boot_ms: of[2],
        key_off_ms: of[3],
        farewell_ms: of[4],
        reset_ms: of[5],
        dark_ms: of[6],
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    any::<[u16; 2]>().prop_map(|[stagger_ms, silence_ms]| Limits {
        stagger_ms,
        silence_ms,
    })
}

fn power() -> impl Strategy<Value = Power> {
    prop_oneof![Just(Power::On), Just(Power::Off), Just(Power::Cut)]
}

fn request() -> impl Strategy<Value = Request> {
    let slot = any::<u8>;
    prop_oneof![
        any::<u16>().prop_map(|protocol| Request::Hello { protocol }),
        Just(Request::Ping),
        Just(Request::Bank),
        slot().prop_map(|slot| Request::Slot { slot }),
        (slot(), power()).prop_map(|(slot, to)| Request::Power { slot, to }),
        (slot(), any::<u16>()).prop_map(|(slot, dark_ms)| Request::Cycle { slot, dark_ms }),
        slot().prop_map(|slot| Request::Key { slot }),
        slot().prop_map(|slot| Request::Reset { slot }),
        (slot(), any::<u8>()).prop_map(|(slot, sim)| Request::Sim { slot, sim }),
        slot().prop_map(|slot| Request::ClearFault { slot }),
        (slot(), timing()).prop_map(|(slot, timing)| Request::Timing { slot, timing }),
        limits().prop_map(Request::Limits),
        Just(Request::PrepareUpdate),
        any::<u32>().prop_map(|code| Request::Update { code }),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Overcurrent),
        Just(Fault::BeforePower),
        Just(Fault::Supply),
        Just(Fault::Line),
    ]
}

fn state() -> impl Strategy<Value = SlotState> {
    prop_oneof![
        Just(SlotState::Off),
        Just(SlotState::Waiting),
        Just(SlotState::Rising),
        Just(SlotState::On),
        Just(SlotState::Key),
        Just(SlotState::Reset),
        Just(SlotState::Falling),
        Just(SlotState::Dark),
        fault().prop_map(SlotState::Fault),
    ]
}

fn slot_status() -> impl Strategy<Value = SlotStatus> {
    let fields = (
        any::<u8>(),
        state(),
        any::<bool>(),
        any::<u8>(),
        any::<bool>(),
    );
    fields.prop_map(|(slot, state, wanted, sim, fault_input)| SlotStatus {
        slot,
        state,
        wanted,
        sim,
        fault_input,
    })
}

fn hello() -> impl Strategy<Value = Hello> {
    let board = prop_oneof![Just(Board::Rp2040Eight), Just(Board::Gpio)];
    let fields = (
        any::<u16>(),
        board,
        any::<[u8; 3]>(),
        any::<[u8; 2]>(),
        any::<u32>(),
    );
    fields.prop_map(
        |(protocol, board, firmware, [slots, sims], capabilities)| Hello {
            protocol,
            board,
            firmware,
            slots,
            sims,
            capabilities: Capabilities(capabilities),
        },
    )
}

fn bank_status() -> impl Strategy<Value = BankStatus> {
    let reset = prop_oneof![
        Just(ResetCause::Power),
        Just(ResetCause::Pin),
        Just(ResetCause::Watchdog),
        Just(ResetCause::Other),
    ];
    let fields = (
        any::<[u32; 2]>(),
        reset,
        any::<[u16; 3]>(),
        any::<bool>(),
        limits(),
    );
    fields.prop_map(
        |([uptime_s, bad_frames], reset, [powered, faulted, silences], supply_good, limits)| {
            BankStatus {
                uptime_s,
                reset,
                powered,
                faulted,
                supply_good,
                silences,
                bad_frames,
                limits,
            }
        },
    )
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        any::<u16>().prop_map(|board| Refusal::Protocol { board }),
        Just(Refusal::NoHello),
        Just(Refusal::Unknown),
        Just(Refusal::Stale),
        Just(Refusal::NoSlot),
        Just(Refusal::NoSim),
        Just(Refusal::CannotDo),
        Just(Refusal::NotOff),
        Just(Refusal::NotOn),
        fault().prop_map(Refusal::Faulted),
        Just(Refusal::FaultPersists),
        Just(Refusal::OutOfRange),
        Just(Refusal::WrongCode),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        hello().prop_map(Reply::Hello),
        Just(Reply::Done),
        bank_status().prop_map(Reply::Bank),
        slot_status().prop_map(Reply::Slot),
        any::<u32>().prop_map(Reply::UpdateCode),
        refusal().prop_map(Reply::Refused),
    ]
}

/// Any message at all.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    let body = prop_oneof![
        request().prop_map(Body::Request),
        reply().prop_map(Body::Reply),
        slot_status().prop_map(|slot| Body::Event(Event::Slot(slot))),
    ];
    (any::<u32>(), body).prop_map(|(seq, body)| Message { seq, body })
}
