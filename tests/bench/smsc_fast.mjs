// An SMSC on the npm package `smpp` that only counts and answers, and writes nothing down, so that it is not what a
// benchmark measures. The tests' own is tests/harness/smsc/smsc.mjs.
//
//     node smsc_fast.mjs '{"port": 2775}'
//
// A line on standard input is answered by a line of figures on standard output; it ends with its input.
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const smpp = createRequire(new URL('../harness/smsc/', import.meta.url))('smpp')
const RECEIPTS_OPEN = 100 // deliver_sm without an answer: an SMSC has a window too

const options = JSON.parse(process.argv[2])
const times = new Map() // destination -> how often it was submitted
let submits = 0
let firstAt = null // milliseconds
let lastAt = null
let cpuAtFirst = null
let receipts = []
let receiptsOpen = 0
let receiptsAnswered = 0
let lastReceiptAt = null

function onSubmit(session, pdu) {
  if (firstAt === null) {
    firstAt = performance.now()
    cpuAtFirst = process.cpuUsage()
  }
  submits += 1
  times.set(pdu.destination_addr, (times.get(pdu.destination_addr) ?? 0) + 1)
  const id = String(submits)
  session.send(pdu.response({ message_id: id }))
  lastAt = performance.now()
  if (pdu.registered_delivery & 3) receipts.push({ id, from: pdu.destination_addr, to: pdu.source_addr })
}

// What one read has brought is answered by one write.
function together(socket) {
  if (socket.writableCorked) return
  socket.cork()
  process.nextTick(() => socket.uncork())
}

function sendReceipts(session) {
  const room = RECEIPTS_OPEN - receiptsOpen
  for (const { id, from, to } of receipts.splice(0, room)) {
    receiptsOpen += 1
    session.deliver_sm({
      source_addr: from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: to, esm_class: 4,
      short_message: { message: `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:` },
    })
  }
}

smpp.createServer((session) => {
  session.on('pdu', (pdu) => {
    together(session.socket)
    switch (pdu.command) {
      case 'submit_sm': onSubmit(session, pdu); break
      case 'deliver_sm_resp':
        receiptsOpen -= 1
        receiptsAnswered += 1
        lastReceiptAt = performance.now()
        break
      case 'unbind': session.send(pdu.response(), () => session.close()); break
      default: if (!pdu.isResponse()) session.send(pdu.response({ system_id: 'fast-smsc' }))
    }
    if (receipts.length) sendReceipts(session)
  })
  session.on('error', (error) => { console.error(error); session.destroy() })
}).listen(options.port, '127.0.0.1', () => say({ listening: options.port }))

function say(answer) {
  writeSync(1, JSON.stringify(answer) + '\n')
}

const seconds = (cpu) => (cpu.user + cpu.system) / 1e6

createInterface({ input: process.stdin }).on('line', () => {
  say({
    submits, different: times.size, receipts: receiptsAnswered,
    // From the first submit, in seconds: to the last one's answer, to the answer to the last receipt; CPU until now.
    submitting: firstAt === null ? 0 : (lastAt - firstAt) / 1000,
    receiving: lastReceiptAt === null ? 0 : (lastReceiptAt - firstAt) / 1000,
    cpu: firstAt === null ? 0 : seconds(process.cpuUsage(cpuAtFirst)),
  })
}).on('close', () => process.exit(0))
