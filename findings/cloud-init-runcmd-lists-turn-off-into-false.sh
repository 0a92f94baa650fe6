#!/usr/bin/env bash
# cloud-init's runcmd and bootcmd as lists: YAML reads off, on, no and yes as truth values, and cloud-init writes them into the shell script in Python's
# spelling. `[ethtool, -K, flannel.1, tx, off]` runs `ethtool … tx False`. The same command as one text is right. A truth value that stands alone
# (`- true`) ends the module instead: none of the other commands runs.
#
# Guessed before: words of a command are passed on as written; `- true` runs the program of that name.
# Seen: 'False' and 'True' in the script, and 23 in place of 027; `- true` is an error for the whole list, while `- null` is passed over in silence.
# With: cloud-init 22.4.2 (package 22.4.2-1+deb12u4 of Debian 12, taken with its apt), Python 3.11 and packages of PyPI as below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet=2 cloud-init=22.4.2-1+deb12u4 2>/dev/null
dpkg -x cloud-init_*.deb .
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.1 jsonschema==4.10.3 configobj==5.0.8 Jinja2==3.1.4 jsonpatch==1.33 oauthlib==3.2.2 requests==2.32.3
export PYTHONPATH=$folder/usr/lib/python3/dist-packages

cat > commands.py <<'SCRIPT'
from cloudinit import util

for text in [
    "[ethtool, -K, flannel.1, tx, off]",
    "ethtool -K flannel.1 tx off",
    "[umask, 027]",
    "null",
    "true",
]:
    commands = util.load_yaml(f"runcmd:\n- {text}\n- echo next\n")["runcmd"]
    try:
        lines = util.shellify(commands).splitlines()[1:]
    except TypeError:
        lines = ["error, nothing runs"]
    print(f"{text} -> {'; '.join(lines)}")
SCRIPT
python/bin/python commands.py 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
[ethtool, -K, flannel.1, tx, off] -> 'ethtool' '-K' 'flannel.1' 'tx' 'False'; echo next
ethtool -K flannel.1 tx off -> ethtool -K flannel.1 tx off; echo next
[umask, 027] -> 'umask' '23'; echo next
null -> echo next
true -> error, nothing runs
SEEN
echo "as found"
