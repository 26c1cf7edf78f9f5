#!/bin/sh
# The application of the testbed's images: a small web server, or a release that crashes while it starts.
# APP_VERSION     shown in the log and on the page (set by the image)
# APP_CRASH=1     crash like the bad release v2 (v2 sets it in its image)
# APP_CRASH_FILE  crash as soon as this file exists
version="${APP_VERSION:-unknown}"

log() {
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) level=$1 version=$version msg=\"$2\""
}

crash() {
  # Standard output and error reach the log by two pipes; give the first line its lead.
  sleep 0.2
  log info "loading config" >&2
  log info "config source: environment" >&2
  log fatal "FATAL: cannot parse setting PAYMENTS_URL: missing scheme" >&2
  sleep 1
  exit 3
}

# The shell is the pod's first process: without a trap the kernel would ignore SIGTERM, and every rollout would wait.
trap 'log info "stopping"; exit 0' TERM INT

log info "starting app $version"
if [ "$APP_CRASH" = 1 ]; then crash; fi
if [ -n "$APP_CRASH_FILE" ] && [ -e "$APP_CRASH_FILE" ]; then crash; fi

mkdir -p /tmp/www
echo "ok" > /tmp/www/healthz
echo "app $version" > /tmp/www/index.html
httpd -f -p 8080 -h /tmp/www &
server=$!
log info "listening on :8080"
# A trap runs only between commands, but at once during `wait`.
if [ -z "$APP_CRASH_FILE" ]; then
  wait $server
else
  while kill -0 $server 2>/dev/null; do
    if [ -e "$APP_CRASH_FILE" ]; then crash; fi
    sleep 1 &
    wait $!
  done
fi
log error "the web server ended"
exit 1
