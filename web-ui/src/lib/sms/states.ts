import type { Schemas } from '$api/client';
import type { IconName } from '$ui/icons';
import type { Word } from '$words/index.svelte';

/** How a state looks everywhere: an icon, a word and a colour. */
export type Look = { icon: IconName; word: Word; tone: 'quiet' | 'good' | 'warn' | 'bad' | 'info' | 'accent' };

export const MESSAGE: Record<Schemas['MessageState'], Look> = {
  scheduled: { icon: 'waiting', word: 'state.scheduled', tone: 'quiet' },
  queued: { icon: 'waiting', word: 'state.queued', tone: 'quiet' },
  sending: { icon: 'sending', word: 'state.sending', tone: 'accent' },
  sent: { icon: 'sent', word: 'state.sent', tone: 'info' },
  delivered: { icon: 'delivered', word: 'state.delivered', tone: 'good' },
  undelivered: { icon: 'failed', word: 'state.undelivered', tone: 'bad' },
  failed: { icon: 'failed', word: 'state.failed', tone: 'bad' },
  expired: { icon: 'failed', word: 'state.expired', tone: 'bad' },
  cancelled: { icon: 'close', word: 'state.cancelled', tone: 'quiet' },
  uncertain: { icon: 'uncertain', word: 'state.uncertain', tone: 'warn' },
  received: { icon: 'received', word: 'state.received', tone: 'info' },
};

export const BANK: Record<Schemas['BankState'], Look> = {
  none: { icon: 'absent', word: 'bank.state_none', tone: 'quiet' },
  looking: { icon: 'waiting', word: 'bank.state_looking', tone: 'quiet' },
  ready: { icon: 'sent', word: 'bank.state_ready', tone: 'good' },
  away: { icon: 'absent', word: 'bank.state_away', tone: 'bad' },
  other_version: { icon: 'warning', word: 'bank.state_other_version', tone: 'bad' },
};

/** By the name that the API gives them. */
export const SLOT: Record<string, Look> = {
  off: { icon: 'paused', word: 'slot.off', tone: 'quiet' },
  waiting: { icon: 'waiting', word: 'slot.waiting', tone: 'info' },
  rising: { icon: 'sending', word: 'slot.rising', tone: 'info' },
  on: { icon: 'sent', word: 'slot.on', tone: 'good' },
  key: { icon: 'sending', word: 'slot.key', tone: 'info' },
  reset: { icon: 'sending', word: 'slot.reset', tone: 'info' },
  falling: { icon: 'waiting', word: 'slot.falling', tone: 'warn' },
  dark: { icon: 'paused', word: 'slot.dark', tone: 'warn' },
  fault: { icon: 'failed', word: 'slot.fault', tone: 'bad' },
};

export const PRIORITY: Record<Schemas['MessagePriority'], Word> = { otp: 'priority.otp', normal: 'priority.normal', bulk: 'priority.bulk' };

export const SIM: Record<Schemas['SimState'], Look> = {
  ready: { icon: 'sent', word: 'sim.ready', tone: 'good' },
  disabled: { icon: 'paused', word: 'sim.disabled', tone: 'quiet' },
  absent: { icon: 'absent', word: 'sim.absent', tone: 'warn' },
  locked: { icon: 'locked', word: 'sim.locked', tone: 'bad' },
  unregistered: { icon: 'warning', word: 'sim.unregistered', tone: 'warn' },
  denied: { icon: 'failed', word: 'sim.denied', tone: 'bad' },
  exhausted: { icon: 'paused', word: 'sim.exhausted', tone: 'warn' },
  cooling: { icon: 'paused', word: 'sim.cooling', tone: 'warn' },
  fault: { icon: 'warning', word: 'sim.fault', tone: 'bad' },
};

export const UPLINK: Record<Schemas['UplinkState'], Look> = {
  bound: { icon: 'sent', word: 'uplink.bound', tone: 'good' },
  connecting: { icon: 'waiting', word: 'uplink.connecting', tone: 'quiet' },
  waiting: { icon: 'waiting', word: 'uplink.waiting', tone: 'warn' },
  refused: { icon: 'failed', word: 'uplink.refused', tone: 'bad' },
  stopped: { icon: 'paused', word: 'uplink.stopped', tone: 'quiet' },
  disabled: { icon: 'paused', word: 'uplink.disabled', tone: 'quiet' },
};
