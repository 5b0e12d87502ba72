// What goes to the gateway: receipts and messages from phones. Kept until a session that can receive has taken it.

const STATES = { ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8 }
const AGAIN_AFTER = 100 // milliseconds

function stamp(date) {
  return date.toISOString().replace(/[-:T]/g, '').slice(2, 12)
}

export class Outbox {
  constructor(settings, record) {
    this.settings = settings
    this.record = record
    this.receivers = new Set()
    this.queue = []
    this.underway = new Map() // entry -> peer
  }

  // The receipt that a submit_sm asks for, or null.
  receiptFor(pdu, id, systemId) {
    const { mode, outcomes } = this.settings.receipts
    if (mode === 'none' || (pdu.registered_delivery & 3) === 0) return null
    const { stat = 'DELIVRD', err = '000' } = outcomes.find((rule) => new RegExp(rule.to ?? '').test(pdu.destination_addr)) ?? {}
    if ((pdu.registered_delivery & 3) === 2 && stat === 'DELIVRD') return null
    return { systemId, receipt: id, fields: this.receiptFields({ id, stat, err, mode, from: pdu.destination_addr, to: pdu.source_addr, pdu }) }
  }

  receiptFields({ id, stat = 'DELIVRD', err = '000', mode = 'text', from, to, pdu = {} }) {
    const now = stamp(new Date())
    const good = stat === 'DELIVRD' ? '001' : '000'
    const text = `id:${id} sub:001 dlvrd:${good} submit date:${now} done date:${now} stat:${stat} err:${err} text:`
    return {
      source_addr: from, source_addr_ton: pdu.dest_addr_ton ?? 1, source_addr_npi: pdu.dest_addr_npi ?? 1,
      destination_addr: to, dest_addr_ton: pdu.source_addr_ton ?? 0, dest_addr_npi: pdu.source_addr_npi ?? 0,
      esm_class: 4, data_coding: 0,
      short_message: mode === 'tlv' ? Buffer.alloc(0) : { message: text },
      ...(mode !== 'text' && { receipted_message_id: id, message_state: STATES[stat] }),
    }
  }

  // Commands.

  receipt(request) {
    this.post({ fields: this.receiptFields(request) })
  }

  // `mark`: whatever shall stand in the log beside what becomes of it.
  deliver({ fields, mark }) {
    if (mark) this.record('mobile', { mark })
    for (const [name, value] of Object.entries(fields)) {
      if (value?.hex !== undefined) fields[name] = Buffer.from(value.hex, 'hex')
      if (value?.udh) value.udh = Buffer.from(value.udh, 'hex')
    }
    this.post({ fields, mark })
  }

  // The way out.

  later(entry, milliseconds) {
    if (milliseconds) setTimeout(() => this.post(entry), milliseconds)
    else setImmediate(() => this.post(entry))
  }

  post(entry) {
    this.queue.push(entry)
    this.flush()
  }

  bound(peer) {
    this.receivers.add(peer)
    // Not in one packet with the answer to the bind: that is another test's business.
    setImmediate(() => this.flush())
  }

  gone(peer) {
    this.receivers.delete(peer)
    for (const [entry, carrier] of this.underway) {
      if (carrier !== peer) continue
      this.underway.delete(entry)
      this.queue.push(entry)
    }
    this.flush()
  }

  waiting() {
    return this.queue.length + this.underway.size
  }

  flush() {
    // What cannot go now is put back.
    for (const entry of this.queue.splice(0)) {
      const peer = [...this.receivers].find((peer) => !entry.systemId || peer.systemId === entry.systemId)
      if (peer) this.send(peer, entry)
      else this.queue.push(entry)
    }
  }

  send(peer, entry) {
    this.underway.set(entry, peer)
    const { mark, receipt } = entry
    this.record('deliver', { session: peer.number, mark, receipt, to: entry.fields.destination_addr, esm_class: entry.fields.esm_class ?? 0 })
    const sent = peer.session.deliver_sm(structuredCopy(entry.fields), (answer) => {
      if (this.settings.lose_acks?.times > 0) {
        this.settings.lose_acks.times -= 1
        return peer.session.destroy()
      }
      if (!this.underway.delete(entry)) return
      this.record('deliver_resp', { session: peer.number, mark, receipt, status: answer.command_status })
      if (answer.command_status) this.later(entry, AGAIN_AFTER)
    })
    if (!sent && this.underway.delete(entry)) this.queue.push(entry)
  }
}

// The package writes into the fields it is given; they may have to go out once more.
function structuredCopy(fields) {
  const copy = {}
  for (const [name, value] of Object.entries(fields)) {
    copy[name] = value && typeof value === 'object' && !Buffer.isBuffer(value) ? { ...value } : value
  }
  return copy
}
