import type { Schemas } from '$api/client';
import { t } from '$words/index.svelte';
import { PRIORITY } from './states';

type Route = Schemas['Route'];

/** A route as a sentence: what it catches, and by what that goes. */
export function routeSentence(route: Route): string {
  return t('routes.sentence', { what: catches(route), how: goes(route) });
}

function catches({ match }: Route): string {
  const said: string[] = [];
  const list = (items: string[] | undefined) => (items?.length ? items.join(', ') : '');
  const [prefixes, priorities, keys, senders] = [list(match?.to_prefix), list(match?.priority?.map((one) => t(PRIORITY[one]))), list(match?.key), list(match?.sender)];
  if (prefixes) said.push(t('routes.to', { prefixes }));
  if (priorities) said.push(t('routes.priority', { priorities }));
  if (keys) said.push(t('routes.key', { keys }));
  if (senders) said.push(t('routes.sender', { senders }));
  if (match?.hours) said.push(t('routes.hours', { from: match.hours.from, to: match.hours.to }));
  return said.length ? said.join(' ') : t('routes.all');
}

function goes({ targets, fall_back }: Route): string {
  const wait = fall_back?.after_wait_seconds;
  const otherwise = wait ? t('routes.after', { seconds: wait }) : t('routes.else');
  return targets.map(target).join(`; ${otherwise} `);
}

function target({ sims, uplink, strategy }: Schemas['RouteTarget']): string {
  if (uplink) return t('routes.uplink', { uplink });
  const which = sims?.group ? t('routes.group', { group: sims.group }) : sims?.iccid ? t('routes.sim', { sim: `…${sims.iccid.slice(-4)}` }) : t('routes.any');
  const how = { balance: t('routes.balance'), 'round-robin': t('routes.round'), sticky: t('routes.sticky'), cheapest: t('routes.cheapest') };
  return `${which}, ${how[strategy ?? 'balance']}`;
}
