"""Write a revision: `python -m webapp.migrations "what changes"`; `--first` writes the very first one anew."""

import argparse
import subprocess
import sys

from . import FOLDER, write_revision

parser = argparse.ArgumentParser(prog="python -m webapp.migrations", description=__doc__)
wanted = parser.add_mutually_exclusive_group(required=True)
wanted.add_argument("message", nargs="?", help="what changes, in a few words")
wanted.add_argument("--first", action="store_true", help="only before the first release: start again from the models")
arguments = parser.parse_args()

if arguments.first:
    for old in (FOLDER / "versions").glob("[0-9]*.py"):
        old.unlink()
path = write_revision("first" if arguments.first else arguments.message)
lines = path.read_text().splitlines(keepends=True)
path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))
for tidying in (["format", "--quiet"], ["check", "--fix", "--quiet"]):
    subprocess.run([sys.executable, "-m", "ruff", *tidying, str(path)], check=True)
print(f"{path}: please read it before you keep it.")
