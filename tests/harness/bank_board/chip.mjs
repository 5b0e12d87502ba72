// An RP2040 with the firmware's ELF in its flash. The mask ROM is not there, so its work is done here.
import { readFileSync } from 'node:fs';
import { RP2040, LogLevel, ConsoleLogger } from 'rp2040js';

const FLASH = 0x10000000;
const BOOT2 = 256;
// Where the ROM puts the second stage of the boot loader: the end of the RAM (RP2040 datasheet 2.8.1.3.1).
const BOOT2_IN_RAM = 0x20041f00;
const PT_LOAD = 1;
const NANOS_A_CYCLE = 8;

// CRC-32/MPEG-2, by which the ROM tells a boot loader from noise (datasheet 2.8.1.3.1).
function crc32mpeg2(octets) {
  let sum = 0xffffffff;
  for (const octet of octets) {
    sum ^= octet << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}

function load(chip, path) {
  const elf = readFileSync(path);
  const [table, size, count] = [elf.readUInt32LE(28), elf.readUInt16LE(42), elf.readUInt16LE(44)];
  for (let at = table; at < table + size * count; at += size) {
    const [kind, offset, , physical, length] = [0, 4, 8, 12, 16].map((field) => elf.readUInt32LE(at + field));
    if (kind === PT_LOAD && length > 0) chip.flash.set(elf.subarray(offset, offset + length), physical - FLASH);
  }
}

// A ROM with one function, which every look-up finds: it stops the core. The firmware asks for one
// alone, `reset_to_usb_boot`, on its way to an update.
function putRom(chip) {
  chip.bootrom[0x18 / 4] = 0x101;
  chip.bootrom[0x100 / 4] = 0x47704800; // ldr r0, [pc, #0]; bx lr
  chip.bootrom[0x104 / 4] = 0x121;
  chip.bootrom[0x120 / 4] = 0xe7febe00; // bkpt; b .
}

// rp2040js 1.4.1 clears AVAILABLE of an OUT buffer when the firmware arms it. The chip does so when
// the buffer was filled. Without this, the firmware takes each packet several times.
function mendUsb(usb, view) {
  const [AVAILABLE, FIRST_OUT, LAST_OUT] = [1 << 10, 0x8c, 0xfc];
  const { DPRAMUpdated, finishRead } = usb;
  usb.DPRAMUpdated = (offset, value) => {
    DPRAMUpdated.call(usb, offset, value);
    const armed = offset >= FIRST_OUT && offset <= LAST_OUT && offset & 4 && value & AVAILABLE;
    if (armed) view.setUint32(offset, view.getUint32(offset, true) | AVAILABLE, true);
  };
  usb.finishRead = (endpoint, octets) => {
    const register = 0x84 + endpoint * 8;
    view.setUint32(register, view.getUint32(register, true) & ~AVAILABLE, true);
    finishRead.call(usb, endpoint, octets);
  };
}

export class Chip {
  constructor(elf, onStop) {
    this.rp2040 = new RP2040();
    this.rp2040.logger = new ConsoleLogger(LogLevel.Error, false);
    load(this.rp2040, elf);
    putRom(this.rp2040);
    mendUsb(this.rp2040.usbCtrl, this.rp2040.usbDPRAMView);
    this.rp2040.onBreak = () => onStop('bootloader');
    this.rp2040.peripherals[0x40058].onWatchdogTrigger = () => onStop('watchdog');
    this.hung = false;
  }

  // Milliseconds of the chip's own time.
  get ms() {
    return this.rp2040.clock.nanos / 1e6;
  }

  start() {
    const { flash, sram, core } = this.rp2040;
    const boot2 = flash.subarray(0, BOOT2);
    if (crc32mpeg2(boot2.subarray(0, BOOT2 - 4)) !== Buffer.from(boot2).readUInt32LE(BOOT2 - 4))
      throw new Error('the second stage of the boot loader has a wrong checksum');
    sram.set(boot2, BOOT2_IN_RAM - 0x20000000);
    core.SP = BOOT2_IN_RAM;
    core.LR = 0;
    core.PC = BOOT2_IN_RAM;
  }

  // Runs until the chip's clock shows `ms`, or for some steps: the caller has other things to do.
  run(ms) {
    const { core, clock } = this.rp2040;
    const end = ms * 1e6;
    for (let step = 0; step < 100_000 && clock.nanos < end; step++) {
      if (this.hung) clock.tick(1000);
      else if (core.waiting) clock.tick(Math.min(clock.nanosToNextAlarm || 1000, end - clock.nanos + 1));
      else clock.tick(core.executeInstruction() * NANOS_A_CYCLE);
    }
  }
}
