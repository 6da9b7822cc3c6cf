/** The keywords of ssh_config that this toolkit does not follow, and when that matters. */

/** When it matters: always, or when a step of connecting fails. With `refused`, connecting would be unsafe. */
export type Matter = 'refused' | 'always' | 'key exchange' | 'host key' | 'login'

const off = /^(no|false|none)$/i

/** By keyword: when it matters, and the values with which it does not. */
const unsupported: Readonly<Record<string, readonly [matter: Matter, harmless: RegExp]>> = {
  refuseconnection: ['refused', /^$/],
  revokedhostkeys: ['refused', off],
  addressfamily: ['always', /^any$/i],
  bindaddress: ['always', /^$/],
  bindinterface: ['always', /^$/],
  canonicalizehostname: ['always', off],
  canonicalizepermittedcnames: ['always', off],
  proxyusefdpass: ['always', off],
  casignaturealgorithms: ['key exchange', /^$/],
  knownhostscommand: ['host key', off],
  nohostauthenticationforlocalhost: ['host key', off],
  verifyhostkeydns: ['host key', off],
  gssapiauthentication: ['login', off],
  gssapidelegatecredentials: ['login', off],
  hostbasedauthentication: ['login', off],
  kbdinteractiveauthentication: ['login', /^(yes|true)$/i],
  challengeresponseauthentication: ['login', /^(yes|true)$/i],
  passwordauthentication: ['login', /^(yes|true)$/i],
  pkcs11provider: ['login', off],
  preferredauthentications: ['login', /^$/],
  pubkeyacceptedalgorithms: ['login', /^$/],
  pubkeyacceptedkeytypes: ['login', /^$/],
  pubkeyauthentication: ['login', /^(yes|true)$/i],
  securitykeyprovider: ['login', /^internal$/i],
}

// They say nothing of where and as whom to connect: sessions, forwarding, logging, and what has long had no effect.
const harmless = new Set(
  `addkeystoagent afstokenpassing batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots channeltimeout
  checkhostip cipher clearallforwardings compression compressionlevel connectionattempts controlmaster controlpath
  controlpersist dsaauthentication dynamicforward enableescapecommandline enablesshkeysign escapechar
  exitonforwardfailure fallbacktorsh fingerprinthash forkafterauthentication forwardagent forwardx11 forwardx11timeout
  forwardx11trusted gatewayports globalknownhostsfile2 gssapiclientidentity gssapikeyexchange gssapirenewalforcesrekey
  gssapiserveridentity gssapitrustdns hostbasedacceptedalgorithms hostbasedkeytypes ignoreunknown include ipqos
  kbdinteractivedevices keepalive kerberosauthentication kerberostgtpassing localcommand localforward logfacility
  loglevel logverbose numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen protocol
  rekeylimit remotecommand remoteforward requesttty requiredrsasize rhostsauthentication rhostsrsaauthentication
  rsaauthentication sendenv serveralivecountmax sessiontype setenv skeyauthentication smartcarddevice stdinnull
  streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive tisauthentication tunnel tunneldevice
  updatehostkeys usekeychain userknownhostsfile2 useprivilegedport useroaming usersh versionaddendum visualhostkey
  warnweakcrypto xauthlocation`.split(/\s+/),
)

/** When it matters that `keyword` is not followed; undefined where it does not, `unknown` for one that nobody knows. */
export function matterOf(keyword: string, value: string): Matter | 'unknown' | undefined {
  const [matter, isHarmless] = unsupported[keyword] ?? []
  if (matter) return isHarmless?.test(value) ? undefined : matter
  return harmless.has(keyword) ? undefined : 'unknown'
}
