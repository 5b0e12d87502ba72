// An SMSC on the npm package `smpp`, for the tests: what it does is set from outside, what it sees is written down.
//
//     node smsc.mjs '{"port": 2775, "log": "smsc.jsonl", "tls": {"key", "cert", "ca"}, "settings": {...}}'
//
// The log has one JSON object a line and is written before the answer goes out. Commands come as JSON lines on standard
// input, each is answered by one line on standard output; `node.py` is the other end and names them all.
import { openSync, readFileSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import smpp from 'smpp'
import { Outbox } from './outbox.mjs'
import { describe, keepOctets } from './pdus.mjs'

const options = JSON.parse(process.argv[2])
const settings = {
  bind: { status: 0, silent: false },
  ids: { first: 1, resp: 'decimal', receipt: 'decimal' },
  refuse: [], // [{to: pattern, status}]
  throttle: null, // {status, every: n} or {status, times: n} or {status, milliseconds: n}
  swallow: null, // {to: pattern, times: n, taken: true}: no answer; taken or not
  drop: null, // {after: n, taken: true}: the nth submit from now ends the connection
  hold: false, // answers wait for the command `release`
  delay_milliseconds: 0,
  garble: null, // {hex, times}: the answer to a submit that is accepted has this body
  lose_acks: null, // {times}: instead of an answer to a deliver_sm being read, the connection ends
  enquire_link: true, // answered or not
  unbind: true,
  receipts: { mode: 'text', before: false, delay_milliseconds: 0, outcomes: [] }, // outcomes: [{to, stat, err}]
  record: 'all', // 'submits' leaves out what is not a submit_sm, 'none' everything: for a benchmark
  ...options.settings,
}
const log = openSync(options.log, 'a')
const outbox = new Outbox(settings, record)
const sessions = new Map()
const held = []
let sessionCount = 0
let nextId = settings.ids.first
let submits = 0

function record(event, fields) {
  if (settings.record === 'all' || (settings.record === 'submits' && event === 'submit')) {
    writeSync(log, JSON.stringify({ event, at: performance.now(), ...fields }) + '\n')
  }
}

const status = (value) => (typeof value === 'string' ? smpp[value] : value)
const matches = (pattern, to) => new RegExp(pattern ?? '').test(to)

function formatted(id, format) {
  switch (format) {
    case 'hex': return id.toString(16)
    case 'HEX': return id.toString(16).toUpperCase()
    case 'hex8': return id.toString(16).toUpperCase().padStart(8, '0')
    case 'decimal10': return String(id).padStart(10, '0')
    default: return String(id)
  }
}

// Counts down `rule.times`; a rule without it has no end.
function spend(rule) {
  if (rule.times === undefined) return true
  if (rule.times <= 0) return false
  rule.times -= 1
  return true
}

function throttled() {
  const rule = settings.throttle
  if (!rule) return false
  if (rule.every) return submits % rule.every === 0
  if (rule.milliseconds !== undefined) {
    rule.until ??= performance.now() + rule.milliseconds
    return performance.now() < rule.until
  }
  return spend(rule)
}

// A submit_sm_resp with these octets where its message_id should be.
function garbled(sequence, hex) {
  const body = Buffer.from(hex, 'hex')
  const header = Buffer.alloc(16)
  for (const [at, value] of [16 + body.length, 0x80000004, 0, sequence].entries()) header.writeUInt32BE(value, 4 * at)
  return Buffer.concat([header, body])
}

// What becomes of a submit_sm: the first rule that fits.
function judge(to) {
  submits += 1
  const { drop, swallow } = settings
  if (drop && (drop.after -= 1) === 0) {
    settings.drop = null
    return { answer: 'drop', taken: drop.taken ?? true, status: 0 }
  }
  if (swallow && matches(swallow.to, to) && spend(swallow)) {
    return { answer: 'swallow', taken: swallow.taken ?? true, status: 0 }
  }
  const refusal = settings.refuse.find((rule) => matches(rule.to, to))
  if (refusal) return { answer: 'refuse', taken: false, status: status(refusal.status) }
  if (throttled()) return { answer: 'throttle', taken: false, status: status(settings.throttle.status) }
  return { answer: 'accept', taken: true, status: 0 }
}

function onSubmit(peer, pdu) {
  const verdict = judge(pdu.destination_addr)
  const id = verdict.taken ? nextId++ : null
  const messageId = id === null ? null : formatted(id, settings.ids.resp)
  peer.open += 1
  record('submit', { session: peer.number, open: peer.open, ...verdict, id: messageId, ...describe(pdu) })
  const receipt = id === null ? null : outbox.receiptFor(pdu, formatted(id, settings.ids.receipt), peer.systemId)
  if (verdict.answer === 'drop' || verdict.answer === 'swallow') {
    if (receipt) outbox.later(receipt, settings.receipts.delay_milliseconds)
    if (verdict.answer === 'drop') peer.session.destroy()
    return
  }
  const answer = () => {
    peer.open -= 1
    const before = receipt && settings.receipts.before
    if (before) outbox.post(receipt)
    // A refusal that comes without its status would be no refusal.
    if (settings.garble && verdict.status === 0 && spend(settings.garble)) peer.session.socket.write(garbled(pdu.sequence_number, settings.garble.hex))
    else peer.session.send(pdu.response({ command_status: verdict.status, message_id: messageId ?? '' }))
    if (receipt && !before) outbox.later(receipt, settings.receipts.delay_milliseconds)
  }
  if (settings.hold) held.push(answer)
  else if (settings.delay_milliseconds) setTimeout(answer, settings.delay_milliseconds)
  else answer()
}

function onBind(peer, pdu) {
  const bind = settings.bind
  const refused = status(bind.status)
  record('bind', {
    session: peer.number, command: pdu.command, system_id: pdu.system_id, password: pdu.password,
    system_type: pdu.system_type, interface_version: pdu.interface_version, status: refused, silent: !!bind.silent,
  })
  if (bind.silent) return
  peer.systemId = pdu.system_id
  peer.session.send(pdu.response({ command_status: refused, system_id: 'node-smsc' }))
  if (refused) return
  peer.bound = pdu.command.replace('bind_', '')
  if (peer.bound !== 'transmitter') outbox.bound(peer)
}

function onPdu(peer, pdu) {
  // Octets that had come before the connection was dropped: nobody has read them.
  if (peer.session.socket.destroyed) return
  switch (pdu.command) {
    case 'bind_transceiver': case 'bind_transmitter': case 'bind_receiver': return onBind(peer, pdu)
    case 'submit_sm': return onSubmit(peer, pdu)
  }
  record('pdu', { session: peer.number, ...describe(pdu) })
  switch (pdu.command) {
    case 'enquire_link': return settings.enquire_link && peer.session.send(pdu.response())
    case 'unbind':
      if (settings.unbind) peer.session.send(pdu.response(), () => peer.session.close())
      return
    case 'unbind_resp': return peer.session.close()
    default: if (!pdu.isResponse()) peer.session.send(pdu.response({ command_status: smpp.ESME_RINVCMDID }))
  }
}

function onSession(session) {
  const peer = { session, number: ++sessionCount, open: 0, bound: null, systemId: null }
  sessions.set(peer.number, peer)
  record('open', { session: peer.number, tls: session.socket.getProtocol?.() ?? null, peer: clientName(session.socket) })
  session.on('pdu', (pdu) => onPdu(peer, pdu))
  // Also what is no PDU: the package reads no further then.
  session.on('error', (error) => {
    record('error', { session: peer.number, error: String(error) })
    session.destroy()
  })
  session.on('close', () => {
    sessions.delete(peer.number)
    outbox.gone(peer)
    record('close', { session: peer.number, open: peer.open })
  })
}

const clientName = (socket) => socket.getPeerCertificate?.()?.subject?.CN ?? null
const bound = () => [...sessions.values()].filter((peer) => peer.bound)

const commands = {
  set(request) {
    if (request.settings.ids?.first !== undefined) nextId = request.settings.ids.first
    for (const [name, value] of Object.entries(request.settings)) {
      if (!(name in settings)) throw Error(`no setting is named ${name}`)
      const grouped = value !== null && ['bind', 'ids', 'receipts'].includes(name)
      settings[name] = grouped ? { ...settings[name], ...value } : value
    }
  },
  // Gives the answers that are held, the oldest `count` or all.
  release({ count }) {
    const answers = held.splice(0, count ?? held.length)
    for (const answer of answers) answer()
    return { released: answers.length }
  },
  state: () => ({
    sessions: [...sessions.values()].map(({ number, open, bound, systemId }) => ({ number, open, bound, system_id: systemId })),
    held: held.length, submits, waiting: outbox.waiting(),
  }),
  unbind: () => bound().forEach((peer) => peer.session.unbind()),
  // Nobody can connect until `listen`; what waits to be delivered is kept.
  deaf() {
    server.close()
    commands.drop()
  },
  listen: () => { server.listening || server.listen(options.port, '127.0.0.1') },
  drop: () => [...sessions.values()].forEach((peer) => peer.session.destroy()),
  enquire: () => bound().forEach((peer) => peer.session.enquire_link()),
  raw: ({ hex }) => bound().forEach((peer) => peer.session.socket.write(Buffer.from(hex, 'hex'))),
  receipt: (request) => outbox.receipt(request),
  deliver: (request) => outbox.deliver(request),
}

const secrets = options.tls && {
  key: readFileSync(options.tls.key), cert: readFileSync(options.tls.cert),
  // A client must show a certificate of this authority.
  ...(options.tls.ca && { ca: readFileSync(options.tls.ca), requestCert: true, rejectUnauthorized: true }),
}
keepOctets(smpp)
const server = smpp.createServer(secrets ?? {}, onSession)
server.on('tlsClientError', (error) => record('tls_error', { error: String(error) }))
server.on('error', (error) => { console.error(error); process.exit(1) })
const say = (answer) => writeSync(1, JSON.stringify(answer) + '\n')
server.listen(options.port, '127.0.0.1', () => say({ listening: options.port }))
const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  try {
    const request = JSON.parse(line)
    say({ ok: true, ...commands[request.command](request) })
  } catch (error) {
    say({ error: String(error) })
  }
})
// The test has ended, however it did.
input.on('close', () => process.exit(0))
