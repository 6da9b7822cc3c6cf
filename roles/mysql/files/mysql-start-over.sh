#!/bin/sh
# Saves the transactions that only this server has, and makes the server empty, so that it can be given a copy of the primary.
# A server that has none is left as it is, unless it is to be rebuilt. Arguments: address of the primary, port of its health
# daemon, whether to rebuild. Written by foobar-deploy.
set -eu
address=$1 port=$2 rebuild=$3
case $address in *:*) address="[$address]" ;; esac
client=mysql; ! command -v mariadb >/dev/null || client=mariadb
ask() { timeout 60 "$client" --no-defaults --connect-timeout=5 -NB -e "$1"; }

# In this order: what was executed there in between is not taken for this server's own.
if [ $client = mysql ]; then ours=$(ask 'SELECT @@global.gtid_executed' | sed 's/\\n//g')
else ours=$(ask "SELECT CONCAT_WS(',', NULLIF(@@global.gtid_binlog_state, ''), NULLIF(@@global.gtid_slave_pos, ''))"); fi
theirs=$(curl -sf -m 5 "http://$address:$port/status" | sed -n 's/.*"gtidExecuted":"\([0-9A-Za-z:,_-]*\)".*/\1/p')
[ -n "$theirs" ] || { echo "the primary does not say which transactions it has" >&2; exit 1; }

if [ $client = mysql ]; then
  only=$(ask "SELECT GTID_SUBTRACT('$ours', '$theirs')" | sed 's/\\n//g')
else
  # Of each server in each domain, the last transaction; those are its own that the primary has not reached.
  only=$(printf '%s\n' "$ours" | tr , '\n' | while IFS=- read -r domain server number; do
    known=$(printf '%s\n' "$theirs" | tr , '\n' | sed -n "s/^$domain-$server-//p" | sort -n | tail -n 1)
    [ "$number" -le "${known:-0}" ] || printf '%s-%s-%s ' "$domain" "$server" "${known:-0}"
  done)
fi
if [ -z "$only" ] && [ "$rebuild" = false ]; then
  echo 'this server has nothing of its own, and is left as it is'
  exit 0
fi

folder=/var/backups/mysql-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p /var/backups
mkdir -m 0700 "$folder"
cd "$folder"
log=$(ask 'SELECT @@global.log_bin_basename')
cp -p "$log".[0-9]*[0-9] .
set -- "${log##*/}".[0-9]*[0-9]
if [ $client = mysql ]; then
  if [ -n "$only" ]; then
    mysqlbinlog --include-gtids="$only" --skip-gtids "$@" >only-here.sql
    mysqlbinlog --include-gtids="$only" --base64-output=decode-rows --verbose "$@" >only-here.txt
  fi
  mysqldump --no-defaults --all-databases --single-transaction --routines --events --triggers --set-gtid-purged=OFF >all.sql
else
  for known in $only; do
    mariadb-binlog --start-position="$known" "$@"
  done >only-here.sql
  # Executed elsewhere, they are new transactions.
  sed -i '/SET @@session\.\(gtid_\|server_id\)/d' only-here.sql
  for known in $only; do
    mariadb-binlog --start-position="$known" --base64-output=decode-rows --verbose "$@"
  done >only-here.txt
  mariadb-dump --no-defaults --all-databases --single-transaction --routines --events --triggers >all.sql
fi
sync -f .
echo "saved in $folder: only-here.sql has what only this server had, all.sql has everything"

databases="SELECT CONCAT('SET sql_log_bin = 0; DROP DATABASE \`', SCHEMA_NAME, '\`;') FROM information_schema.SCHEMATA
  WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
if [ $client = mysql ]; then
  ask 'STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF'
  ask "$databases" | mysql --no-defaults
  ask 'RESET BINARY LOGS AND GTIDS' 2>/dev/null || ask 'RESET MASTER'
  ask 'SET GLOBAL super_read_only = ON'
else
  ask 'SET GLOBAL read_only = ON; STOP SLAVE; RESET SLAVE ALL'
  ask "$databases" | mariadb --no-defaults
  ask "RESET MASTER; SET GLOBAL gtid_slave_pos = ''"
fi
echo 'this server is empty'
