import type { Schemas } from '$api/client';
import { SPANS, type QuotaSpan } from './quota';

/** What the form of a SIM holds, as it is typed. */
export type SimFields = {
  label: string;
  number: string;
  groups: string;
  min_gap_ms: number;
  cost: number | null;
  /** Never told by the API: empty until somebody types one. */
  pin: string;
  segments: boolean;
  hours: boolean;
  from: string;
  to: string;
  timezone: string;
  opt_out: boolean;
  languages: string;
  except: string;
} & Record<QuotaSpan, number | null>;

export const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** The fields as the API tells the SIM. */
export function fieldsOf(sim: Schemas['Sim']): SimFields {
  const { per_minute = null, per_hour = null, per_day = null, per_month = null, segments } = sim.quota;
  return {
    label: sim.label ?? '',
    number: sim.number ?? '',
    groups: sim.groups.join(', '),
    min_gap_ms: sim.min_gap_ms,
    cost: sim.cost,
    pin: '',
    segments,
    hours: sim.window !== null,
    from: sim.window?.from ?? '08:00',
    to: sim.window?.to ?? '20:00',
    timezone: sim.window?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    opt_out: sim.opt_out?.enabled ?? true,
    languages: sim.opt_out?.languages?.join(', ') ?? '',
    except: sim.opt_out?.except?.join(', ') ?? '',
    per_minute,
    per_hour,
    per_day,
    per_month,
  };
}

/** What has been changed, as the API takes it. */
export function patchOf(form: SimFields, known: SimFields): Schemas['SimPatch'] {
  const changed = (...names: (keyof SimFields)[]) => names.some((name) => form[name] !== known[name]);
  const patch: Schemas['SimPatch'] = {};
  if (changed('label')) patch.label = form.label || null;
  if (changed('number')) patch.number = form.number || null;
  if (changed('groups')) patch.groups = list(form.groups);
  if (changed('min_gap_ms')) patch.min_gap_ms = form.min_gap_ms;
  if (changed('cost')) patch.cost = form.cost;
  if (form.pin) patch.pin = form.pin;
  if (changed('hours', 'from', 'to', 'timezone')) {
    const { from, to, timezone } = form;
    patch.window = form.hours ? { from, to, timezone } : null;
    if (!form.hours && !known.hours) delete patch.window;
  }
  if (changed('opt_out', 'languages', 'except')) {
    const languages = list(form.languages);
    patch.opt_out = { enabled: form.opt_out, languages: languages.length ? languages : null, except: form.except.split(',').map((word) => word.trim()).filter(Boolean) };
  }
  const limits = SPANS.filter((span) => changed(span)).map((span) => [span, form[span]]);
  if (limits.length || changed('segments')) patch.quota = { ...Object.fromEntries(limits), ...(changed('segments') ? { segments: form.segments } : {}) };
  return patch;
}
