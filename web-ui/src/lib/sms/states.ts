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
