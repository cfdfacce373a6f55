import { defineConfig } from "vite";

// While you work on the console: `npm run dev`, with a server on its usual address.
const server = process.env["RAISFAST_URL"] ?? "http://127.0.0.1:8787";

export default defineConfig({
  base: "/admin/",
  build: {
    target: "es2022",
    // The policy of the page allows no inline code, and this no file of a name that stays.
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": { target: server } } },
});
