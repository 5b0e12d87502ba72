import { redirect } from '@sveltejs/kit';
import { session } from '$api/session.svelte';

export async function load({ url }) {
  if (session.me || (await session.load())) return;
  if ((await session.state()).needed) redirect(307, '/setup');
  redirect(307, `/login?to=${encodeURIComponent(url.pathname + url.search)}`);
}
