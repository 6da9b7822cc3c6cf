/** Where the application is on a host. */

/** The paths, all of which go by its name. */
export function placesOf({ name }: { readonly name: string }) {
  const root = `/srv/${name}`
  return {
    root,
    releases: `${root}/releases`,
    /** A link to the release in force. */
    current: `${root}/current`,
    /** A link to the release that came up ready last. */
    lastReady: `${root}/last-ready`,
    environment: `/etc/${name}.env`,
    /** Why a release did not come up, until the next restart. */
    failure: `/run/${name}.failure`,
  }
}
