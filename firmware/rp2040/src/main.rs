//! The firmware of the bank controller: an RP2040 with eight slots. What the lines do, and when, is
//! in `bank-controller`; here are the pins, the two ways to a host, and the hardware watchdog.

#![no_std]
#![no_main]

mod board;
mod chain;
mod host;
mod usb;

use embassy_executor::Spawner;
use embassy_futures::join::join4;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::uart;
use embassy_rp::watchdog::Watchdog;
use embassy_time::{Duration, Ticker, Timer};
use panic_halt as _;

use board::Board;

/// The inputs are sampled so often, and no pulse is longer than it should be by more.
const TICK: Duration = Duration::from_millis(bank_controller::SAMPLE_MS);
/// A firmware that hangs is restarted after this, with all modems off.
const WATCHDOG: Duration = Duration::from_secs(1);
/// From the reply to a request for new firmware until the board goes.
const GOODBYE: Duration = Duration::from_millis(200);

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let peripherals = embassy_rp::init(embassy_rp::config::Config::default());
    let mut watchdog = Watchdog::new(peripherals.WATCHDOG);
    let cause = board::reset_cause(&mut watchdog);
    // The modems first: nothing may come between the start and the safe state.
    let board = Board::new(
        cause,
        board::Pins {
            slots: [
                (peripherals.PIN_2.into(), peripherals.PIN_10.into()),
                (peripherals.PIN_3.into(), peripherals.PIN_11.into()),
                (peripherals.PIN_4.into(), peripherals.PIN_12.into()),
                (peripherals.PIN_5.into(), peripherals.PIN_13.into()),
                (peripherals.PIN_6.into(), peripherals.PIN_14.into()),
                (peripherals.PIN_7.into(), peripherals.PIN_15.into()),
                (peripherals.PIN_8.into(), peripherals.PIN_16.into()),
                (peripherals.PIN_9.into(), peripherals.PIN_17.into()),
            ],
            data: peripherals.PIN_18.into(),
            clock: peripherals.PIN_19.into(),
            latch: peripherals.PIN_20.into(),
            enable: peripherals.PIN_21.into(),
            supply: peripherals.PIN_22.into(),
        },
    );
    let uart = uart::Uart::new_blocking(
        peripherals.UART0,
        peripherals.PIN_0,
        peripherals.PIN_1,
        uart::Config::default(),
    );
    let heartbeat = Output::new(peripherals.PIN_25, Level::Low);
    let (mut device, port) = usb::device(peripherals.USB);
    join4(
        device.run(),
        host::by_usb(&board, port),
        host::by_uart(&board, uart),
        keep(&board, watchdog, heartbeat),
    )
    .await;
}

/// Keeps the bank going. The watchdog is fed here alone, so it bites when any part hangs: they all
/// run on one executor.
async fn keep(board: &Board, mut watchdog: Watchdog, mut heartbeat: Output<'static>) {
    watchdog.start(WATCHDOG);
    let mut ticker = Ticker::every(TICK);
    loop {
        watchdog.feed(WATCHDOG);
        let now = board.tick();
        heartbeat.set_level((now % 1_000 < 50).into());
        if board.update_is_due() {
            Timer::after(GOODBYE).await;
            watchdog.stop();
            embassy_rp::rom_data::reset_to_usb_boot(0, 0);
        }
        ticker.next().await;
    }
}
