// What hangs on the chip's pins: the switches' fault outputs, the supply, and five 74HC595. Each
// change of a line is told, with the chip's time.

const POWER = 2, FAULT = 10, DATA = 18, CLOCK = 19, LATCH = 20, ENABLE = 21, SUPPLY = 22;
const SLOTS = 8;
const REGISTERS = ['key', 'reset', 'sim-low', 'sim-high', 'lamp'];
const HIGH = 1;

export class Board {
  constructor(chip, tell) {
    this.gpio = chip.rp2040.gpio;
    this.tell = (line, slot, high) => tell({ ms: Math.round(chip.ms), line, slot, high });
    // Pull-ups do not reach what the emulated chip reads: each input is driven.
    for (let slot = 0; slot < SLOTS; slot++) this.fault(slot, false);
    this.supply(true);
    for (let slot = 0; slot < SLOTS; slot++) {
      let before = false; // a resistor holds it low until the chip drives it
      this.gpio[POWER + slot].addListener((state) => {
        if ((state === HIGH) !== before) this.tell('power', slot, (before = state === HIGH));
      });
    }
    this.shifted = new Array(REGISTERS.length * SLOTS).fill(false);
    this.latched = [...this.shifted];
    this.seen = [...this.shifted];
    this.gpio[CLOCK].addListener((state) => state === HIGH && this.shift());
    this.gpio[LATCH].addListener((state) => state === HIGH && this.latch());
    this.gpio[ENABLE].addListener(() => this.show());
  }

  // The first register's first output comes first.
  shift() {
    this.shifted.unshift(this.gpio[DATA].value === HIGH);
    this.shifted.pop();
  }

  latch() {
    this.latched = [...this.shifted];
    this.show();
  }

  // Without enable, resistors hold all outputs low.
  show() {
    const enabled = this.gpio[ENABLE].value === 0;
    for (const [at, high] of this.latched.entries()) {
      const now = enabled && high;
      if (now === this.seen[at]) continue;
      this.seen[at] = now;
      this.tell(REGISTERS[Math.floor(at / SLOTS)], at % SLOTS, now);
    }
  }

  fault(slot, active) {
    this.gpio[FAULT + slot].setInputValue(!active);
  }

  supply(good) {
    this.gpio[SUPPLY].setInputValue(good);
  }
}
