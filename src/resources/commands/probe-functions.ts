/** Shell functions that look whether something has come. Each prints `yes`, what is there instead, or `! ` and what it lacks. */

/**
 * `sockets` takes the one look at who listens that `listening` needs, so that no connection is noticed by anybody. A
 * socket that listens to every IPv6 address may or may not take IPv4: there a connection has to tell.
 */
export const probeFunctions = String.raw`sockets() { sockets=$(grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null); }
listening() {
  host=$1 port=$2 hex=$3
  shift 3
  for address; do
    case $sockets in *" $address:$hex "*) echo yes; return ;; esac
  done
  case $sockets in
    *"0000000000000000FFFF00000100007F:$hex "* | *" 00000000000000000000000000000000:$hex "*) connects "$host" "$port" ;;
    *) echo 'nothing listens there' ;;
  esac
}
connects() {
  if command -v bash >/dev/null; then
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" >/dev/null 2>&1 && echo yes || echo 'no connection'
  elif command -v nc >/dev/null; then
    timeout 3 nc -z "$1" "$2" >/dev/null 2>&1 && echo yes || echo 'no connection'
  else
    echo '! neither bash nor nc'
  fi
}
fetch() {
  # URL, statuses, text, headers; for bash also host, port, path, name.
  if command -v curl >/dev/null; then
    if [ "$3" ]; then body=-; else body=/dev/null; fi
    # printf is a builtin, so that the headers are on nobody's argument list.
    answer=$(printf %s "$4" | curl -sS -m 5 -H @- -o "$body" -w '\n%{http_code}' -- "$1" 2>&1) || { printf '%s\n' "$answer" | head -n 1; return; }
    code=$(printf '%s\n' "$answer" | tail -n 1)
  elif [ $# = 4 ]; then
    echo '! no curl'; return
  elif command -v bash >/dev/null; then
    answer=$({
      printf 'GET %s HTTP/1.0\r\nConnection: close\r\n' "$7"
      case "
$4" in *"
"[Hh][Oo][Ss][Tt]:*) ;; *) printf 'Host: %s\r\n' "$8" ;; esac
      if [ "$4" ]; then printf '%s\n' "$4" | sed '/^$/d; s/$/\r/'; fi
      printf '\r\n'
    } | timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" || exit
cat >&3
cat <&3' bash "$5" "$6" 2>/dev/null) || { echo 'no connection'; return; }
    code=$(printf '%s\n' "$answer" | head -n 1 | cut -d ' ' -f 2)
  else
    echo '! neither curl nor bash'; return
  fi
  case " $2 " in *" $code "*) ;; *) echo "status $code"; return ;; esac
  case $answer in *"$3"*) echo yes ;; *) echo "status $code without the text" ;; esac
}
there() { if [ -e "$1" ] || [ -L "$1" ]; then echo yes; else echo 'it is not there'; fi; }
gone() { if [ -e "$1" ] || [ -L "$1" ]; then echo 'it is there'; else echo yes; fi; }`
