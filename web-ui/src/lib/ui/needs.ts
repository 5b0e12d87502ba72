import type { Schemas } from '$api/client';

/** What a page needs: somebody who may not do what it is for is told so there, and sees no form that would be refused. */
const NEEDS: [path: string, scope: Schemas['ApiKeyScope']][] = [
  ['/start', 'admin'],
  ['/send', 'send'],
  ['/settings/uplinks', 'admin'],
  ['/settings/webhooks', 'admin'],
  ['/settings/keys', 'admin'],
  ['/settings/users', 'admin'],
  ['/settings/audit', 'admin'],
  ['/settings/config', 'admin'],
  ['/settings/system', 'admin'],
];

export function needs(path: string): Schemas['ApiKeyScope'] {
  return NEEDS.find(([place]) => path === place || path.startsWith(`${place}/`))?.[1] ?? 'read';
}
