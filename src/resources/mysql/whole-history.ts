/** Whether the binary logs of a source tell of all its data, so that an empty replica can begin with them. */

/** SQL for the source: where its binary logs are, and which databases it has. */
export const logAndDatabases =
  "SELECT CONCAT('log ', @@log_bin_basename); SELECT CONCAT('database ', SCHEMA_NAME) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"

/** SQL for the source: the beginnings of its binary logs. How databases were made stands near the beginning, if anywhere. */
export const binlogEvents = (log: string) =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `SHOW BINLOG EVENTS IN '${log}.00000${number}' LIMIT 2000;`).join(' ')

/**
 * Awk that reads the answers to both, and succeeds if the binary logs begin with nothing, know no transaction without a GTID,
 * and tell how every database was made. What they do not prove is not taken for granted.
 */
export const isWholeHistory = `/^log / { next }
sub(/^database /, "") { open[$0] = 1; next }
!events++ && $1 !~ /\\.0*1$/ { isDoubtful = 1 }
$3 == "Anonymous_Gtid" { isDoubtful = 1 }
$1 ~ /\\.0*1$/ && (($3 == "Previous_gtids" && $6 != "") || ($3 == "Gtid_list" && $6 != "[]")) { isDoubtful = 1 }
$3 == "Query" {
  text = $6
  sub(/^use \`[^\`]*\`; /, "", text)
  if (toupper(text) ~ /^CREATE (DATABASE|SCHEMA) /) {
    gsub(/\\/\\*[^*]*\\*\\//, "", text)
    sub(/^[A-Za-z]+ +[A-Za-z]+ +/, "", text)
    sub(/^[Ii][Ff] +[Nn][Oo][Tt] +[Ee][Xx][Ii][Ss][Tt][Ss] +/, "", text)
    if (substr(text, 1, 1) == "\`") { text = substr(text, 2); sub(/\`.*/, "", text) } else sub(/[ ;].*/, "", text)
    delete open[text]
  }
}
END {
  for (name in open) isDoubtful = 1
  exit isDoubtful || !events
}`
