// A PDU as the log has it.

// The package keeps no octets of what it decoded; a fault in its decoder is easier seen beside them.
export function keepOctets(smpp) {
  const decode = smpp.PDU.prototype.fromBuffer
  smpp.PDU.prototype.fromBuffer = function (octets) {
    Object.defineProperty(this, 'octets', { value: octets, enumerable: false })
    return decode.call(this, octets)
  }
}

// Plain values as they are, octets as hexadecimal digits, a text apart from its header.
export function describe(pdu) {
  const fields = { octets: pdu.octets?.toString('hex') }
  for (const [name, value] of Object.entries(pdu)) {
    if (typeof value === 'function' || name === 'command_length') continue
    if (name === 'short_message' || name === 'message_payload') Object.assign(fields, body(name, value))
    else if (Buffer.isBuffer(value)) fields[name] = value.toString('hex')
    else fields[name] = value
  }
  return fields
}

function body(name, value) {
  if (!value || Buffer.isBuffer(value)) return { [name]: value ? value.toString('hex') : null }
  const text = Buffer.isBuffer(value.message) ? { [`${name}_hex`]: value.message.toString('hex') } : { [name]: value.message }
  if (value.udh) text.udh = value.udh.map((element) => element.toString('hex'))
  return text
}
