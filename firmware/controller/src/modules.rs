//! What common modules want. Each value has its place in the maker's hardware manual beside it. A
//! person who builds a bank compares them with the manual of the module in hand: versions differ.

use bank_wire::Timing;

/// All of these, by the names that a configuration has for them.
pub const MODULES: [(&str, Timing); 5] = [
    ("usb", USB),
    ("ec25", EC25),
    ("m95", M95),
    ("sim800", SIM800),
    ("sim7000", SIM7000),
];

/// A USB stick, or a card with a module that starts by itself: it has no key that anybody could
/// press. The default. A stick's capacitors are empty within 3 s.
pub const USB: Timing = Timing {
    settle_ms: 20,
    key_on_ms: 0,
    boot_ms: 200,
    key_off_ms: 0,
    farewell_ms: 0,
    reset_ms: 0,
    dark_ms: 3_000,
};

/// Quectel EC25 and EC21, "Hardware Design". "Turn on module using the PWRKEY": 30 ms of stable
/// VBAT, then 500 ms. "Turn off module using the PWRKEY": 650 ms and more; the module needs up to
/// 30 s to end. "Reset the module": 150 to 460 ms, 300 ms are in the middle.
pub const EC25: Timing = Timing {
    settle_ms: 50,
    key_on_ms: 500,
    boot_ms: 200,
    key_off_ms: 800,
    farewell_ms: 30_000,
    reset_ms: 300,
    dark_ms: 1_000,
};

/// `SIMCom` SIM800, "Hardware Design" V1.09. 4.2.1, figure 12: PWRKEY for more than 1 s after VBAT is
/// stable for 100 ms; ready 3 s later. 4.2.2.1: 1.5 s and more, and well below the 33 s that start
/// the module again; off within 3 s. 4.2.3: RESET for 105 ms and more.
pub const SIM800: Timing = Timing {
    settle_ms: 150,
    key_on_ms: 1_200,
    boot_ms: 200,
    key_off_ms: 1_800,
    farewell_ms: 3_500,
    reset_ms: 200,
    dark_ms: 1_000,
};

/// `SIMCom` SIM7000, "Hardware Design" V1.04. "Power on": PWRKEY for 1 s and more. "Power off", table
/// 9: 1.2 s and more; off within 6.9 s. "Reset": 252 ms and more.
pub const SIM7000: Timing = Timing {
    settle_ms: 50,
    key_on_ms: 1_200,
    boot_ms: 200,
    key_off_ms: 1_500,
    farewell_ms: 7_500,
    reset_ms: 400,
    dark_ms: 1_000,
};

/// Quectel M95, "Hardware Design" V1.0, 3.4.1, figure 8: 30 ms of stable VBAT, then PWRKEY for more
/// than 1 s. 3.4.2.1: PWRKEY between 0.6 and 1 s ends it, and it leaves the network for up to 12 s.
/// `EMERG_OFF` cuts its power and is no reset.
pub const M95: Timing = Timing {
    settle_ms: 50,
    key_on_ms: 1_200,
    boot_ms: 200,
    key_off_ms: 800,
    farewell_ms: 12_500,
    reset_ms: 0,
    dark_ms: 1_000,
};
