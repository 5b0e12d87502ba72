import type { Schemas } from '$api/client';
import { t, type Word } from '$words/index.svelte';

export const ROLE_NAMES: Record<Schemas['UserRole'], Word> = { viewer: 'role.viewer', operator: 'role.operator', admin: 'role.admin' };

/** Who is logged in, in a sentence. */
export const whoIs = ({ name, role }: { name: string; role: Schemas['UserRole'] | null }) =>
  t('settings.sentence', { name, role: role ? t(ROLE_NAMES[role]) : '' });
