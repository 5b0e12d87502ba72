// sim.mjs ELF LOG CONTROL [--uart]: the firmware on an emulated board. Its serial port (USB CDC, or
// UART0) is standard input and output. Changes of lines go to LOG, a JSON object each; CONTROL is the
// number of a file descriptor with commands, one a line:
//
//   fault SLOT 0|1    a slot's switch reports a fault, or none
//   supply 0|1        the bank's supply is bad, or good
//   hang              the firmware runs no more, as if it hung
import { openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { USBCDC } from 'rp2040js';
import { Board } from './board.mjs';
import { Chip } from './chip.mjs';

const [elf, logPath, control, transport] = process.argv.slice(2);
const log = openSync(logPath, 'a');
const tell = (what) => writeSync(log, `${JSON.stringify(what)}\n`);
const chip = new Chip(elf, (why) => {
  tell({ ms: Math.round(chip.ms), stopped: why });
  process.exit(0);
});
const board = new Board(chip, tell);
const waiting = []; // octets on their way to the board
let deliver;

if (transport === '--uart') {
  const [uart] = chip.rp2040.uart;
  uart.onByte = (octet) => process.stdout.write(Uint8Array.of(octet));
  deliver = () => {
    while (waiting.length > 0 && uart.rxFIFO.itemCount < 16) uart.feedByte(waiting.shift());
  };
} else {
  const usb = chip.rp2040.usbCtrl;
  const cdc = new USBCDC(usb);
  cdc.onSerialData = (octets) => process.stdout.write(Uint8Array.from(octets));
  // The emulator's own host answers an armed buffer at once, with nothing if it has nothing, and
  // forgets what was armed before it knew the endpoint. This one keeps it until there is something.
  const armed = new Map();
  usb.onEndpointRead = (endpoint, size) => armed.set(endpoint, size);
  deliver = () => {
    const size = armed.get(cdc.outEndpoint);
    if (waiting.length === 0 || size === undefined || !cdc.initialized) return;
    armed.delete(cdc.outEndpoint);
    usb.endpointReadDone(cdc.outEndpoint, Uint8Array.from(waiting.splice(0, size)));
  };
}

process.stdin.on('data', (octets) => waiting.push(...octets));
process.stdin.on('end', () => process.exit(0));
createInterface({ input: new Socket({ fd: Number(control) }) }).on('line', (line) => {
  const [command, ...numbers] = line.split(' ');
  const [first, second] = numbers.map(Number);
  if (command === 'fault') board.fault(first, second === 1);
  else if (command === 'supply') board.supply(first === 1);
  else if (command === 'hang') chip.hung = true;
  else throw new Error(`no such command: ${line}`);
});

chip.start();
const began = performance.now();
// The chip's time never runs ahead of the wall clock's; where the machine is slow it falls behind.
let behind = 0;
function go() {
  const now = performance.now() - began - behind;
  // What was lost is not caught up: a host's time-outs see a board that runs at its pace.
  if (now - chip.ms > 200) behind += now - chip.ms - 200;
  deliver();
  chip.run(Math.min(chip.ms + 2, performance.now() - began - behind));
  const lags = chip.ms < performance.now() - began - behind - 1;
  if (lags) setImmediate(go);
  else setTimeout(go, 1);
}
go();
