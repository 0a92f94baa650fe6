#!/usr/bin/env bash
# cloud-init's write_files: what the schema says of `permissions` and what the module makes of it are contrary. The schema refuses the unquoted 0644,
# which works, and passes what chmod understands and cloud-init does not: the file is then open to every reader, whatever was asked, with a line in the log.
#
# Guessed before: a mode that cannot be read fails the file, or the schema names it; a zero is a mode of no rights.
# Seen: "u=rw,go=" and "rw-------" are valid for the schema and give 644; so does 0 as a number. 600 without quotes gives 1130.
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

cat > modes.py <<'SCRIPT'
import grp
import os
import pwd
import stat

from cloudinit import util
from cloudinit.config import cc_write_files, schema

owner = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"
for mode in ['"0600"', "0600", "600", '"u=rw,go="', '"rw-------"', "0"]:
    config = util.load_yaml(f"write_files: [{{path: {os.getcwd()}/written, content: x, permissions: {mode}}}]")
    try:
        schema.validate_cloudconfig_schema(config, schema.get_schema(), strict=True)
        verdict = "valid"
    except schema.SchemaValidationError:
        verdict = "invalid"
    cc_write_files.write_files("example", config["write_files"], owner)
    print(f"{mode}: {verdict}, {stat.S_IMODE(os.stat('written').st_mode):o}")
    os.remove("written")
SCRIPT
python/bin/python modes.py 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
"0600": valid, 600
0600: invalid, 600
600: invalid, 1130
"u=rw,go=": valid, 644
"rw-------": valid, 644
0: invalid, 644
SEEN
echo "as found"
