// What browsers have and TypeScript does not know of yet.

interface Window {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createHTML: (html: string) => string }): { createHTML(html: string): unknown };
  };
}
