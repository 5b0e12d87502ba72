//! The board as a USB device: a serial port (CDC-ACM).

use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts};
use embassy_usb::class::cdc_acm::{CdcAcmClass, State};
use embassy_usb::{Builder, Config, UsbDevice};
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// A packet of full-speed USB.
pub(crate) const PACKET: usize = bank_wire::MAX_FRAME;
/// Raspberry Pi's vendor ID, and the product ID that it gives to serial ports of boards with its
/// chip. The udev rule goes by the product's name.
const VENDOR: u16 = 0x2e8a;
const PRODUCT: u16 = 0x000a;

type Bus = Driver<'static, USB>;
pub(crate) type Port = CdcAcmClass<'static, Bus>;

/// The device, which must be run, and its serial port.
pub(crate) fn device(usb: Peri<'static, USB>) -> (UsbDevice<'static, Bus>, Port) {
    static CONFIG: StaticCell<[u8; 128]> = StaticCell::new();
    static BOS: StaticCell<[u8; 16]> = StaticCell::new();
    static CONTROL: StaticCell<[u8; 64]> = StaticCell::new();
    static STATE: StaticCell<State<'static>> = StaticCell::new();
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("simgate");
    config.product = Some("simgate bank controller");
    // The board's own need; the modems have a supply of their own.
    config.max_power = 100;
    let mut builder = Builder::new(
        Driver::new(usb, Interrupts),
        config,
        CONFIG.init([0; 128]),
        BOS.init([0; 16]),
        &mut [],
        CONTROL.init([0; 64]),
    );
    let state = STATE.init(State::new());
    let port = CdcAcmClass::new(&mut builder, state, 64);
    (builder.build(), port)
}
