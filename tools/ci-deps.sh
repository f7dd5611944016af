#!/bin/sh
# Installs the Debian or Ubuntu packages that some tests need. Without them those tests skip and say so.
#
#   PostgreSQL's server programs   the store is tested on a server of one's own as well as on the embedded one
#   Go and golang.org/x/mod        a verifier that others wrote must accept our log
#   curl                           what the demonstration prints to be copied is tried as it stands
set -eu

have_postgresql() {
	for program in /usr/lib/postgresql/*/bin/postgres; do
		version=${program#/usr/lib/postgresql/}
		[ -x "$program" ] && [ "${version%%/*}" -ge 15 ] && return 0
	done
	return 1
}
have_go() { command -v go >/dev/null 2>&1; }
have_x_mod() { [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ]; }
have_curl() { command -v curl >/dev/null 2>&1; }

have_postgresql && have_go && have_x_mod && have_curl && { echo "ci-deps: everything is here already"; exit 0; }

if ! command -v apt-get >/dev/null 2>&1; then
	echo "ci-deps: this is not Debian or Ubuntu: install PostgreSQL 15 or newer, Go and golang.org/x/mod by hand" >&2
	exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 || { echo "ci-deps: neither root nor sudo" >&2; exit 1; }
	as_root="sudo"
fi
export DEBIAN_FRONTEND=noninteractive

echo "ci-deps: asking for the lists of packages"
$as_root apt-get update -qq

# Debian 12 has PostgreSQL 15; newer ones have a newer server behind the plain name.
packages=""
if ! have_postgresql; then
	if apt-cache policy postgresql-15 | grep -q 'Candidate: [0-9]'; then
		packages="$packages postgresql-15"
	else
		packages="$packages postgresql"
	fi
fi
have_go || packages="$packages golang-go"
have_x_mod || packages="$packages golang-golang-x-mod-dev"
have_curl || packages="$packages curl"

echo "ci-deps: installing$packages"
# shellcheck disable=SC2086 # a list of words
$as_root apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $packages </dev/null
