// A client as somebody writes it on the types that openapi-typescript makes: sends, waits, lists, sets routes.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [baseUrl, key, to] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

// Only what is needed: a field with a default must not be asked for.
const wish: components["schemas"]["MessageRequest"] = { to, text: "from TypeScript" };
const { data: accepted } = await client.POST("/api/v1/messages", { body: wish });
if (!accepted || !("id" in accepted)) throw new Error("not accepted");

async function delivered(id: string): Promise<components["schemas"]["OutboundMessage"]> {
  for (;;) {
    const { data: message } = await client.GET("/api/v1/messages/{id}", { params: { path: { id } } });
    if (message?.direction !== "outbound") throw new Error("not an outbound message");
    if (message.state === "delivered" || message.state === "failed") return message;
    await new Promise((again) => setTimeout(again, 50));
  }
}

const message = await delivered(accepted.id);
const { data: list } = await client.GET("/api/v1/messages", { params: { query: { direction: "outbound" } } });
const { data: sims } = await client.GET("/api/v1/sims");
await client.PUT("/api/v1/routes", { body: { items: [{ name: "all", targets: [{ sims: {} }] }] } });
const { data: routes } = await client.GET("/api/v1/routes");
const { error } = await client.POST("/api/v1/messages", { body: { to: "nobody", text: "x" } });

console.log(
  JSON.stringify({
    state: message.state,
    listed: list?.items.length,
    sims: sims?.items.length,
    routes: routes?.items.map((route) => route.name),
    pointer: error?.errors?.[0]?.pointer,
  }),
);
