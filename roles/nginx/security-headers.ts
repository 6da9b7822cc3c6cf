/** The response headers that make browsers stricter without harm to a usual site. */

const values: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
}

/** Each with its value and its name among nginx’s variables. What the application behind has set itself is left to it. */
export const securityHeaders = Object.entries(values).map(([name, value]) => {
  return { name, value, variable: name.toLowerCase().replaceAll('-', '_') }
})
