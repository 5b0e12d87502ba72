import type { Schemas } from '$api/client';

type Uplink = Schemas['Uplink'];
type Put = Schemas['UplinkPut'];

/** What the form of an uplink holds, as it is typed. Empty: as the API does by itself. */
export type UplinkFields = {
  host: string;
  port: string;
  bind: Schemas['UplinkBind'];
  enabled: boolean;
  tls: boolean;
  server_name: string;
  ca: string;
  client_cert: string;
  client_key: string;
  system_id: string;
  password: string;
  system_type: string;
  source_addr: string;
  ton: string;
  npi: string;
  rate_per_second: string;
  window: string;
  long: Schemas['UplinkLong'];
  text: Schemas['UplinkText'];
  ucs2_data_coding: string;
  enquire_link_seconds: string;
  response_timeout_seconds: string;
  account: string;
  /** A line each: `word = what it means`. */
  receipt_states: string;
};

/** The fields of an uplink, or of a new one. Secrets are never told: they are empty. */
export function fieldsOf(uplink?: Uplink): UplinkFields {
  return {
    host: uplink?.host ?? '',
    port: String(uplink?.port ?? ''),
    bind: uplink?.bind ?? 'transceiver',
    enabled: uplink?.enabled ?? true,
    tls: uplink?.tls.enabled ?? false,
    server_name: uplink?.tls.server_name ?? '',
    ca: uplink?.tls.ca ?? '',
    client_cert: uplink?.tls.client_cert ?? '',
    client_key: '',
    system_id: uplink?.system_id ?? '',
    password: '',
    system_type: uplink?.system_type ?? '',
    source_addr: uplink?.source_addr ?? '',
    ton: String(uplink?.ton ?? ''),
    npi: String(uplink?.npi ?? ''),
    rate_per_second: String(uplink?.rate_per_second ?? ''),
    window: String(uplink?.window ?? ''),
    long: uplink?.long ?? 'udh',
    text: uplink?.text ?? 'gsm7',
    ucs2_data_coding: String(uplink?.ucs2_data_coding ?? ''),
    enquire_link_seconds: String(uplink?.enquire_link_seconds ?? ''),
    response_timeout_seconds: String(uplink?.response_timeout_seconds ?? ''),
    account: uplink?.account ?? '',
    receipt_states: Object.entries(uplink?.receipt_states ?? {}).map(([word, meaning]) => `${word} = ${meaning}`).join('\n'),
  };
}

const NUMBERS = ['port', 'ton', 'npi', 'rate_per_second', 'window', 'ucs2_data_coding', 'enquire_link_seconds', 'response_timeout_seconds'] as const;
const TEXTS = ['password', 'system_type', 'source_addr', 'account'] as const;
const TLS_TEXTS = ['server_name', 'ca', 'client_cert', 'client_key'] as const;

/** As the API takes it: all of it, since what is left out gets its default. */
export function putOf(fields: UplinkFields): Put {
  const put: Put = {
    host: fields.host,
    system_id: fields.system_id,
    bind: fields.bind,
    enabled: fields.enabled,
    long: fields.long,
    text: fields.text,
    tls: { enabled: fields.tls },
  };
  for (const name of NUMBERS) if (fields[name] !== '') put[name] = Number(fields[name]);
  for (const name of TEXTS) if (fields[name]) put[name] = fields[name];
  for (const name of TLS_TEXTS) if (fields[name]) put.tls = { ...put.tls, [name]: fields[name] };
  const states = fields.receipt_states.split('\n').map((line) => line.split('=').map((side) => side.trim()));
  const told = states.filter(([word]) => word);
  if (told.length) put.receipt_states = Object.fromEntries(told) as Put['receipt_states'];
  return put;
}

/** The same without what must not be shown. */
export function shownPut(put: Put): Put {
  const tls = put.tls?.client_key ? { ...put.tls, client_key: '…' } : put.tls;
  return { ...put, ...(put.password ? { password: '…' } : {}), tls };
}
